import type { Attempt, Report, UpMessage } from '../../../protocol/relay-protocol.ts';
import type { Relay } from '../../domain/company.ts';
import type { RelayId } from '../../domain/ids.ts';
import { isAtRelay, isFinal, isWaiting, type Job, type JobEvent } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import type { Ports } from '../../ports/index.ts';
import { makeMemory } from '../memory.ts';
import { ticketsFor } from '../relays/offer-jobs.ts';
import { registerDevices } from '../relays/register-devices.ts';
import { type Presence, updatePresence } from '../relays/update-presence.ts';
import { announce } from './announce.ts';
import { changeJob } from './change-job.ts';

/** What stands in the `relay-events` queue: a relay's words or its presence, and who it is by its certificate. */
export type RelayEvent = (UpMessage | Presence) & { relayId: RelayId };

/** A printer whose policy is `reprint` gets this many attempts before a person has to decide. */
const attemptsAtMost = 3;
/** A relay that lost its place may be heard this long by a warm function; its broker ends it within minutes anyway. */
const remembered = makeMemory<Relay>(30_000);

/** One message from or about a relay. Throws for what may succeed later; what can never succeed is passed over. */
export async function handleRelayEvent(ports: Ports, event: RelayEvent): Promise<void> {
  const relay = await relayOf(ports, event.relayId);
  if (!relay) return;
  switch (event.type) {
    case 'fetch':
      return await giveTickets(ports, relay);
    case 'acknowledge':
      return await acknowledge(ports, relay, event);
    case 'report':
      return await report(ports, relay, event);
    case 'register':
      return await registerDevices(ports, relay, event.devices);
    case 'connected':
    case 'disconnected':
      return await updatePresence(ports, relay, event);
  }
}

/** Whoever speaks, unless it is nobody, or its place was given to another. */
async function relayOf(ports: Ports, relayId: RelayId): Promise<Relay | undefined> {
  return await remembered(ports.registry, relayId, ports.clock.now(), async () => {
    const relay = await ports.registry.getRelay(relayId);
    return relay?.revoked ? undefined : relay;
  });
}

async function giveTickets(ports: Ports, relay: Relay): Promise<void> {
  const printers = await ports.registry.listPrinters(relay.companyId, relay.locationId);
  const { tickets, more } = await ticketsFor(ports, relay.companyId, printers);
  await ports.relayLink.publish(relay.relayId, { type: 'tickets', tickets, more });
}

/**
 * The document is on the relay's disk. One conditional write decides between this relay, a cancellation and a newer
 * attempt; a relay that asks again gets the same answer again. The answer notes the reports that came along, too.
 */
async function acknowledge(
  ports: Ports,
  relay: Relay,
  { jobId, attempt, reports = [] }: Extract<UpMessage, { type: 'acknowledge' }>,
): Promise<void> {
  const [outcome] = await Promise.all([
    changeJob(ports, jobId, job =>
      isFor(relay, job)
        ? applyEvent(job, { type: 'acknowledged', relayId: relay.relayId, attempt }, ports.clock.now())
        : undefined,
    ),
    ...reports.map(message => apply(ports, relay, message)),
  ]);
  const granted = outcome !== undefined && isFor(relay, outcome.job) && holds(relay, outcome.job, attempt);
  const type = granted ? 'granted' : 'refused';
  const noted = reports.length > 0 ? reports.map(attemptOf) : undefined;
  await ports.relayLink.publish(relay.relayId, { type, jobId, attempt, noted });
}

async function report(ports: Ports, relay: Relay, message: Report): Promise<void> {
  await apply(ports, relay, message);
  const isWaitedFor = isLastWord(message) && !message.canWait;
  if (isWaitedFor) await ports.relayLink.publish(relay.relayId, { type: 'noted', ...attemptOf(message) });
}

const attemptOf = ({ jobId, attempt }: Attempt): Attempt => ({ jobId, attempt });

/** Once it is answered the report is in the job's record, or has no place there. */
async function apply(ports: Ports, relay: Relay, message: Report): Promise<void> {
  const outcome = await changeJob(ports, message.jobId, job =>
    isFor(relay, job) ? applyEvent(job, eventOf(relay, job, message), ports.clock.now()) : undefined,
  );
  if (outcome?.changed) await followUp(ports, relay, outcome.job);
}

/** A relay that cannot get a job's document gives the job up before it has acknowledged it. */
function eventOf(relay: Relay, job: Job, message: Report): JobEvent {
  const { attempt, reasons, state } = message;
  const isGivenUp = isWaiting(job) && state === 'aborted' && attempt === job.attempt;
  if (isGivenUp) {
    const text = message.message ?? 'The relay could not get the document.';
    return { type: 'failed', reason: reasons[0] ?? 'document-access-error', message: text };
  }
  // another relay's word about a job that this one holds no more counts for no attempt
  return { ...message, type: 'reported', attempt: job.relayId === relay.relayId ? attempt : 0 };
}

/** What the relay repeats until it is noted: the end, or that nobody can know it. */
function isLastWord({ state, reasons }: Report): boolean {
  const isOpen = state === 'processing' || state === 'processing-stopped';
  return !isOpen || reasons.includes('delivery-unconfirmed');
}

/** What a report sets off: the printer's policy for unconfirmed jobs, and those who asked to be told of the end. */
async function followUp(ports: Ports, relay: Relay, job: Job): Promise<void> {
  const reprints = job.unconfirmedPolicy === 'reprint' && job.attempt < attemptsAtMost;
  if (job.standing === 'processing-stopped/delivery-unconfirmed' && reprints) {
    const outcome = await changeJob(ports, job.id, current =>
      applyEvent(current, { type: 'resolved-reprint' }, ports.clock.now()),
    );
    if (outcome?.changed) await announce(ports, [outcome.job]);
  }
  if (isAtRelay(job) && job.cancelRequested) {
    await ports.relayLink.publish(relay.relayId, { type: 'cancel', jobId: job.id, attempt: job.attempt });
  }
}

/** A relay may touch jobs of its own location only, whatever ids it names. */
function isFor(relay: Relay, job: Job): boolean {
  return job.companyId === relay.companyId && job.printer?.locationId === relay.locationId;
}

function holds(relay: Relay, job: Job, attempt: number): boolean {
  return isAtRelay(job) && !isFinal(job) && job.relayId === relay.relayId && job.attempt === attempt;
}
