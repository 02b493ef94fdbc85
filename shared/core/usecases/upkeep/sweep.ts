import { log } from '../../../telemetry/log.ts';
import { isAtRelay, type Job } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import { outputDiscarded } from '../../domain/job-output.ts';
import { deferred, dueAction, isNudgedOffline, nudged } from '../../domain/job-schedule.ts';
import type { Location } from '../../domain/printer.ts';
import { connectionOf, roleOf } from '../../domain/standby.ts';
import type { Delivery } from '../../domain/webhook.ts';
import type { Ports } from '../../ports/index.ts';
import { deleteOutput } from '../documents/output-files.ts';
import { announceDue } from '../events/record-changes.ts';
import { announce } from '../jobs/announce.ts';
import { changeJob } from '../jobs/change-job.ts';
import { discardConversion } from '../jobs/conversion-store.ts';
import { askRelayAbout } from '../jobs/recall-job.ts';
import { handedOver, relayReplaced } from '../relays/release-jobs.ts';
import { endUpload } from '../uploads/end-upload.ts';
import { deleteUnused } from './delete-unused.ts';

/** Less than the interval of the sweep; the next one continues. */
const longestMilliseconds = 45_000;
const atOnce = 25;
const uploadsAtOnce = 100;

/**
 * Ends abandoned jobs and uploads, and repeats messages that may have been lost, as far as it gets in 45 seconds. Returns
 * the number of jobs and uploads that it dealt with. An item that fails is logged and holds up no other; the first failure is thrown
 * at the end.
 */
export async function sweep(ports: Ports): Promise<number> {
  const startedAt = ports.clock.now();
  await sweepEvents(ports, startedAt);
  const isLate = () => ports.clock.now() >= startedAt + longestMilliseconds;
  const locationOf = memoryOf(ports);
  const tally = new Tally();
  for await (const batch of ports.jobs.due(startedAt)) {
    for (let from = 0; from < batch.length; from += atOnce) {
      const some = batch.slice(from, from + atOnce);
      await Promise.all(some.map(job => tally.count(subjectOf(job), sweepJob(ports, job, locationOf))));
      if (isLate()) break;
    }
    if (isLate()) break;
  }
  await sweepUploads(ports, startedAt, tally, isLate);
  await deleteUnused(ports, startedAt, isLate);
  return tally.result();
}

const deliveriesAtOnce = 100;

/** The server of one machine finds what is due by itself. */
async function sweepEvents(ports: Ports, at: number): Promise<void> {
  if (ports.registry.isLocal) return;
  await announceDue(ports);
  const due = await ports.webhookStore.dueDeliveries(at, deliveriesAtOnce);
  if (due.length > 0) await ports.queue.send('notify', due.map(messageOf));
}

/** It is sent again each minute until a try has begun, which the function takes once. */
const messageOf = ({ companyId, webhookId, sequence, attempt }: Delivery) => ({
  companyId,
  webhookId,
  sequence,
  attempt,
});

/** An upload that fails stays where it is, so the loop ends when a batch has no other. */
async function sweepUploads(ports: Ports, at: number, tally: Tally, isLate: () => boolean): Promise<void> {
  for (let done = -1; done !== tally.done && !isLate(); ) {
    done = tally.done;
    const uploads = await ports.uploads.expired(at, uploadsAtOnce);
    const end = (upload: (typeof uploads)[number]) =>
      tally.count({ uploadId: upload.id, companyId: upload.companyId }, endUpload(ports, upload, 'expired'));
    for (let from = 0; from < uploads.length; from += atOnce) {
      await Promise.all(uploads.slice(from, from + atOnce).map(end));
    }
  }
}

const subjectOf = ({ id, companyId }: Job) => ({ jobId: id, companyId });

/** What was done and what failed. */
class Tally {
  done = 0;
  readonly #failures: unknown[] = [];

  async count(subject: Record<string, unknown>, work: Promise<void>): Promise<void> {
    try {
      await work;
      this.done++;
    } catch (error) {
      log.error('sweep-failed', { ...subject, error });
      this.#failures.push(error);
    }
  }

  result(): number {
    if (this.#failures.length > 0) throw this.#failures[0];
    return this.done;
  }
}

type LocationOf = (job: Job) => Promise<Location | undefined>;

/** Reads each location once in a sweep. */
function memoryOf({ registry }: Pick<Ports, 'registry'>): LocationOf {
  const known = new Map<string, Promise<Location | undefined>>();
  return async ({ companyId, printer }) => {
    if (!printer) return undefined;
    const name = JSON.stringify([companyId, printer.locationId]);
    const location = known.get(name) ?? registry.getLocation(companyId, printer.locationId);
    known.set(name, location);
    return await location;
  };
}

/** Why a job leaves the relay that holds it: that has lost its place, or is the standby and offline. */
async function releaseOf({ registry }: Pick<Ports, 'registry'>, { companyId, relayId }: Job, known?: Location) {
  if (!relayId || !known || roleOf(known, relayId) === 'active') return undefined;
  // the relay may have been enrolled, or have taken over, since the location was read
  const location = await registry.getLocation(companyId, known.locationId);
  if (!location || roleOf(location, relayId) === 'active') return undefined;
  const connection = connectionOf(location, relayId);
  if (!connection) return relayReplaced;
  return connection.online ? undefined : handedOver;
}

const isOnline = ({ relayId }: Job, location: Location | undefined) =>
  relayId !== undefined && location !== undefined && connectionOf(location, relayId)?.online === true;

async function sweepJob(ports: Ports, due: Job, locationOf: LocationOf): Promise<void> {
  const { id } = due;
  const at = ports.clock.now();
  let owed: ReturnType<typeof dueAction>;
  let isDeferred = false;
  const isAtPlace = isAtRelay(due) || due.standing === 'pending/job-fetchable';
  const location = isAtPlace ? await locationOf(due) : undefined;
  const release = isAtRelay(due) ? await releaseOf(ports, due, location) : undefined;
  const isConnected = isAtRelay(due) && isOnline(due, location);
  const outcome = await changeJob(ports, id, job => {
    owed = dueAction(job, at, isConnected);
    if (!owed) return undefined;
    if (release && job.relayId === due.relayId) owed = release;
    isDeferred = owed === 'nudge' && !location?.online && !isNudgedOffline(job);
    if (isDeferred) return deferred(job, at);
    if (owed === 'nudge') return nudged(job, at);
    if (owed === 'discard-output') return outputDiscarded(job, at);
    return applyEvent(job, owed, at);
  });
  if (!outcome?.changed || isDeferred) return;
  await announce(ports, [outcome.job]);
  if (isAtRelay(outcome.job)) await askRelayAbout(ports, outcome.job);
  if (owed !== 'nudge') await discardConversion(ports, outcome.job);
  if (owed === 'discard-output' && outcome.job.document) await deleteOutput(ports, outcome.job.document.key);
}
