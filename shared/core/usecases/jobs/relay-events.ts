import type { RelayEvent } from '../../../protocol/relay-message-schema.ts';
import type { Attempt, Report, UpMessage } from '../../../protocol/relay-protocol.ts';
import type { Relay } from '../../domain/company.ts';
import { type Ask, answerTo, mayHaveBegun } from '../../domain/grant.ts';
import type { RelayId } from '../../domain/ids.ts';
import { isAtRelay, isWaiting, type Job, type JobEvent } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import { deadlineEvent, owesCallback } from '../../domain/job-schedule.ts';
import { rememberedMilliseconds } from '../../domain/standby.ts';
import type { Ports } from '../../ports/index.ts';
import { makeMemory } from '../memory.ts';
import { sendTickets, ticketsAtOnce, ticketsOf } from '../relays/offer-jobs.ts';
import { registerDevices } from '../relays/register-devices.ts';
import { handedOver, releaseJobs } from '../relays/release-jobs.ts';
import { settleBacklogs, waitsForPolicy } from '../relays/settle-backlog.ts';
import { isActive, takeOverIfDue } from '../relays/take-over.ts';
import { updatePresence } from '../relays/update-presence.ts';
import { announce } from './announce.ts';
import { changeJob } from './change-job.ts';
import { cancelOf } from './recall-job.ts';

/** With the policy `reprint`, a job has this many attempts before a person must decide. */
const attemptsAtMost = 3;
/** The most jobs of one `fetch` that are read. A relay has 20 tickets at a time, and few unfinished jobs. */
const heldAtMost = 500;
/** A warm function may accept a replaced relay for this long; the broker disconnects it within minutes. */
const remembered = makeMemory<{ relay?: Relay }>(rememberedMilliseconds);

/** Handles one message from or about a relay. Throws only when a retry may succeed; ignores messages that never can. */
export async function handleRelayEvent(ports: Ports, event: RelayEvent): Promise<void> {
  const relay = await relayOf(ports, event.relayId);
  if (!relay) return;
  switch (event.type) {
    case 'fetch':
      if (event.lost) await release(ports, relay, event);
      if (event.wants) return await renewTickets(ports, relay, event.wants);
      await Promise.all([giveTickets(ports, relay), repeatCancels(ports, relay, event.holds ?? [])]);
      return;
    case 'acknowledge':
      return await acknowledge(ports, relay, event);
    case 'report':
      return await report(ports, relay, event);
    case 'unknown':
      return await loseJob(ports, relay, event);
    case 'register':
      // a standby has the same printers, and the active relay knows better how they are
      if (await isActive(ports, relay)) await registerDevices(ports, relay, event.devices);
      return;
    case 'connected':
    case 'disconnected':
      await updatePresence(ports, relay, event);
      if (event.type === 'connected' && (await isActive(ports, relay))) await settleBacklogs(ports, relay);
      return;
  }
}

/** The sender, unless it is unknown or was replaced. */
async function relayOf(ports: Ports, relayId: RelayId): Promise<Relay | undefined> {
  const { relay } = await remembered(ports.registry, relayId, ports.clock.now(), async () => {
    const found = await ports.registry.getRelay(relayId);
    return found?.revoked ? {} : { relay: found };
  });
  return relay;
}

/** The relay's earlier instances cannot report on their jobs. */
async function release(ports: Ports, relay: Relay, { lost, instance }: Extract<UpMessage, { type: 'fetch' }>) {
  const event = { type: 'lost' as const, message: lost as string };
  await releaseJobs(ports, relay, event, job => job.grant?.instance === instance);
}

/** A standby gets tickets only if it is to take over. */
async function giveTickets(ports: Ports, relay: Relay): Promise<void> {
  const fetchAgainMilliseconds = (await isActive(ports, relay)) ? undefined : await takeOverIfDue(ports, relay);
  if (fetchAgainMilliseconds !== undefined) {
    const standby = { fetchAgainMilliseconds };
    return await ports.relayLink.publish(relay.relayId, { type: 'tickets', tickets: [], more: false, standby });
  }
  await settleBacklogs(ports, relay);
  const printers = await ports.registry.listPrinters(relay.companyId, relay.locationId);
  await sendTickets(ports, relay.relayId, relay.companyId, printers, 'always');
}

/** Sends tickets with new addresses, or a refusal for a job that the relay may not have any more. */
async function renewTickets(ports: Ports, relay: Relay, wants: Attempt[]): Promise<void> {
  const asked = wants.slice(0, ticketsAtOnce);
  const mayPrint = await isActive(ports, relay);
  const jobs = await Promise.all(asked.map(({ jobId }) => ports.jobs.get(jobId)));
  const isOffered = (job: Job | undefined, { attempt }: Attempt): job is Job =>
    mayPrint && job?.standing === 'pending/job-fetchable' && isFor(relay, job) && job.attempt === attempt;
  const offered = jobs.filter((job, index) => isOffered(job, asked[index] as Attempt)) as Job[];
  const { tickets } = await ticketsOf(ports, offered);
  if (tickets.length > 0) await ports.relayLink.publish(relay.relayId, { type: 'tickets', tickets, more: false });
  for (const { jobId, attempt } of asked.filter((one, index) => !isOffered(jobs[index], one))) {
    await ports.relayLink.publish(relay.relayId, { type: 'refused', jobId, attempt });
  }
}

/** Repeats cancels that were sent while the relay was offline. */
async function repeatCancels(ports: Ports, relay: Relay, held: Attempt[]): Promise<void> {
  await Promise.all(
    held.slice(0, heldAtMost).map(async ({ jobId, attempt }) => {
      const job = await ports.jobs.get(jobId);
      if (!job || !isFor(relay, job) || !holds(relay, job, attempt)) return;
      if (job.cancelRequested) await ports.relayLink.publish(relay.relayId, cancelOf(job));
    }),
  );
}

/**
 * The relay has stored the document, or asks to print it now. One conditional write decides between this relay, a
 * cancellation and a newer attempt. A repeated request gets the same answer. The answer also confirms the reports in the
 * message. A relay that is not active is refused; its own jobs of which it asks, which shows that it has not begun them, are
 * offered to the active one.
 */
async function acknowledge(
  ports: Ports,
  relay: Relay,
  message: Extract<UpMessage, { type: 'acknowledge' }>,
): Promise<void> {
  const { jobId, attempt, reports = [] } = message;
  const at = ports.clock.now();
  const said = askOf(message);
  const mayPrint = await isActive(ports, relay);
  // what waited for a printer that was away begins after its policy was applied; the relay asks again
  const isEarly = said?.waits === false && mayPrint && (await waitsForPolicy(ports, relay, jobId));
  const asked = said && { ...said, waits: said.waits || isEarly || !mayPrint };
  const [outcome] = await Promise.all([
    changeJob(ports, jobId, job => {
      if (!isFor(relay, job)) return undefined;
      const event = { type: 'acknowledged' as const, relayId: relay.relayId, attempt, ask: asked };
      const deadline = deadlineEvent(job, at);
      const expired = deadline && applyEvent(job, deadline, at);
      if (expired && !isAtRelay(expired)) return expired;
      if (!mayPrint && isWaiting(job)) return undefined;
      const acknowledged = applyEvent(expired ?? job, event, at) ?? expired;
      const isToGo = !mayPrint && acknowledged && isAtRelay(acknowledged) && !acknowledged.cancelRequested;
      return isToGo ? applyEvent(acknowledged, handedOver, at) : acknowledged;
    }),
    ...reports.map(message => apply(ports, relay, message)),
  ]);
  if (outcome?.changed) await announce(ports, [outcome.job]);
  const job = outcome && isFor(relay, outcome.job) && holds(relay, outcome.job, attempt) ? outcome.job : undefined;
  const noted = reports.length > 0 ? reports.map(attemptOf) : undefined;
  const answer = job && answerTo(job, asked, at);
  if (answer === 'none' || (answer === 'granted' && (isEarly || !mayPrint) && !job?.cancelRequested)) return;
  if (answer === 'contested') await changeJob(ports, jobId, job => applyEvent(job, { type: 'doubted' }, at));
  const isToEnd = answer === 'granted' && job?.cancelRequested;
  const type = isToEnd ? 'cancel' : answer === 'granted' ? 'granted' : 'refused';
  await ports.relayLink.publish(relay.relayId, { type, jobId, attempt, noted, ask: asked?.ask });
}

/** Undefined from relays of release 0.1.0. */
function askOf({ instance, ask, waits, reportSequence = 0, mayBeCopy }: Partial<Ask>): Ask | undefined {
  if (typeof instance !== 'string' || typeof ask !== 'number') return undefined;
  return { instance, ask, waits: waits === true, reportSequence, ...(mayBeCopy ? { mayBeCopy } : {}) };
}

/**
 * A relay does not know a job that it acknowledged. If its journal is new or damaged, the job is lost. Otherwise another
 * instance of the relay may be printing it, and has some time to report.
 */
async function loseJob(
  ports: Ports,
  relay: Relay,
  { jobId, attempt, instance, why }: Extract<UpMessage, { type: 'unknown' }>,
): Promise<void> {
  const at = ports.clock.now();
  const mayPrint = await isActive(ports, relay);
  const outcome = await changeJob(ports, jobId, job => {
    if (!isFor(relay, job) || job.attempt !== attempt) return undefined;
    const held = mayPrint ? takenBefore(relay, job, at) : job;
    if (held.relayId !== relay.relayId) return undefined;
    const isCertain = why !== undefined || !mayHaveBegun(held) || held.grant?.instance === instance;
    return applyEvent(held, isCertain ? { type: 'lost', message: why ?? forgotten } : { type: 'doubted' }, at);
  });
  if (outcome?.changed) await announce(ports, [outcome.job]);
}

const forgotten = 'The relay has lost its record of the job. It may have printed.';

/** Handles a job that waits although the relay has acknowledged it: the data was restored from a backup. */
function takenBefore(relay: Relay, job: Job, at: number): Job {
  if (job.standing !== 'pending/job-fetchable') return job;
  const { attempt } = job;
  return applyEvent({ ...job, grant: undefined }, { type: 'acknowledged', relayId: relay.relayId, attempt }, at) ?? job;
}

async function report(ports: Ports, relay: Relay, message: Report): Promise<void> {
  await apply(ports, relay, message);
  const isWaitedFor = isLastWord(message) && !message.canWait;
  if (isWaitedFor) await ports.relayLink.publish(relay.relayId, { type: 'noted', ...attemptOf(message) });
}

const attemptOf = ({ jobId, attempt }: Attempt): Attempt => ({ jobId, attempt });

/** Applies a report. When the relay gets the answer, the report is saved or is obsolete. */
async function apply(ports: Ports, relay: Relay, message: Report): Promise<void> {
  const at = ports.clock.now();
  const mayPrint = await isActive(ports, relay);
  const outcome = await changeJob(ports, message.jobId, job => {
    if (!isFor(relay, job)) return undefined;
    // that a standby cannot print it says nothing about the active relay
    if (!mayPrint && isWaiting(job) && (message.state === 'aborted' || !isLastWord(message))) return undefined;
    const isKnownEnd = isLastWord(message) && !isGivenUp(job, message) && message.attempt === job.attempt;
    const held = isKnownEnd ? takenBefore(relay, job, at) : job;
    return applyEvent(held, eventOf(relay, held, message), at);
  });
  if (outcome?.changed) await followUp(ports, relay, outcome.job);
  if (outcome?.changed && owesCallback(outcome.job)) await announce(ports, [outcome.job]);
}

/** Whether the relay ends a job that it has not acknowledged, since it cannot get the document. */
function isGivenUp(job: Job, { state, attempt }: Report): boolean {
  return isWaiting(job) && state === 'aborted' && attempt === job.attempt;
}

function eventOf(relay: Relay, job: Job, message: Report): JobEvent {
  const { attempt, reasons, state } = message;
  if (isGivenUp(job, message)) {
    const text = message.message ?? 'The relay could not get the document.';
    return { type: 'failed', reason: reasons[0] ?? 'document-access-error', message: text };
  }
  const isDelay = isWaiting(job) && state === 'processing-stopped' && attempt === job.attempt;
  if (isDelay) return { type: 'delayed', reasons, message: message.message };
  // a report of a relay that no longer holds the job matches no attempt
  return { ...message, type: 'reported', attempt: job.relayId === relay.relayId ? attempt : 0 };
}

/** Whether the relay repeats the report until it is noted: it says how the job ended, or that this cannot be known. */
function isLastWord({ state, reasons }: Report): boolean {
  const isOpen = state === 'processing' || state === 'processing-stopped';
  return !isOpen || reasons.includes('delivery-unconfirmed');
}

/** Applies the printer's policy for unconfirmed jobs, and repeats a cancel that the relay has not answered. */
async function followUp(ports: Ports, relay: Relay, job: Job): Promise<void> {
  const reprints = job.unconfirmedPolicy === 'reprint' && job.attempt < attemptsAtMost;
  if (job.standing === 'processing-stopped/delivery-unconfirmed' && reprints) {
    const outcome = await changeJob(ports, job.id, current =>
      applyEvent(current, { type: 'resolved-reprint' }, ports.clock.now()),
    );
    if (outcome?.changed) await announce(ports, [outcome.job]);
  }
  if (isAtRelay(job) && job.cancelRequested) {
    await ports.relayLink.publish(relay.relayId, cancelOf(job));
  }
}

/** A relay may change only jobs of its own location, whatever ids it sends. */
function isFor(relay: Relay, job: Job): boolean {
  return job.companyId === relay.companyId && job.printer?.locationId === relay.locationId;
}

function holds(relay: Relay, job: Job, attempt: number): boolean {
  return isAtRelay(job) && job.relayId === relay.relayId && job.attempt === attempt;
}
