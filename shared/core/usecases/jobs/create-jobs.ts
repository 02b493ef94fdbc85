import { log } from '../../../telemetry/log.ts';
import { jobsOfDayUsed, type Principal } from '../../domain/company.ts';
import type { JobId } from '../../domain/ids.ts';
import type { DocumentSource, Job, Standing } from '../../domain/job.ts';
import { nextDueAt } from '../../domain/job-schedule.ts';
import type { Printer } from '../../domain/printer.ts';
import type { IdempotencyClaim, Ports } from '../../ports/index.ts';
import { ringDoorbells } from '../relays/ring-doorbells.ts';
import type { AcceptingPrinter } from './accepting-printers.ts';
import { announce } from './announce.ts';
import { expiryOf } from './check-wishes.ts';
import { keyReused, replay } from './idempotency.ts';
import type { JobRequest } from './job-request.ts';
import { supersedeOlder } from './supersede-older.ts';

/**
 * Creates the jobs of one request whose document is stored, for the printers that `acceptingPrinters` returned: all or
 * none, in target order. Then notifies the relays and the queues. If this last step fails, the jobs exist all the same
 * and the sweep sends the messages: after an error the client would submit them again, and they would print twice.
 */
export async function createJobs(
  ports: Ports,
  principal: Principal,
  request: JobRequest,
  printers: AcceptingPrinter[],
  source: DocumentSource,
  claim: IdempotencyClaim | undefined,
): Promise<Job[]> {
  const jobs = newJobs(ports, principal, request, source, printers);
  await shareDocument(ports, request, source, jobs);
  const { jobsPerDay } = principal;
  // one that repeats a claim may acknowledge the jobs before they have ended
  const isSyncedLater = request.isAwaited && claim === undefined;
  const outcome = await ports.jobs.create(jobs, claim, { jobsPerDay, isSyncedLater });
  if (outcome === 'other-request') throw keyReused();
  if (outcome === 'day-is-full') throw jobsOfDayUsed(jobsPerDay, ports.clock.now());
  if ('replayed' in outcome) return await replay(ports, outcome.replayed);
  const created = await supersedeOlder(ports, outcome.created).catch(error => {
    log.warn('older-jobs-not-replaced', { jobIds: jobs.map(({ id }) => id), companyId: principal.companyId, error });
    return outcome.created;
  });
  const relayIds = new Map(printers.map(({ locationId, relayId }) => [locationId, relayId]));
  const unheard = await ringDoorbells(ports, created, async ({ locationId }) => relayIds.get(locationId));
  await announce(ports, unheard).catch(error => {
    log.warn('messages-not-sent', { jobIds: unheard.map(({ id }) => id), companyId: principal.companyId, error });
  });
  return created;
}

/** A document that was made for one job has no other, which is what most have. */
async function shareDocument(
  { documentUse }: Pick<Ports, 'documentUse'>,
  { copyOf, isStoredBefore }: JobRequest,
  source: DocumentSource,
  jobs: Job[],
): Promise<void> {
  if (source.kind === 'conversion' || (jobs.length === 1 && !isStoredBefore)) return;
  const key = source.kind === 'ready' ? source.document.key : source.key;
  await documentUse.share(key, [...(copyOf === undefined ? [] : [copyOf]), ...jobs.map(({ id }) => id)]);
}

function firstStanding(request: JobRequest, source: DocumentSource, printer: Printer | undefined): Standing {
  if (source.kind !== 'ready' || !printer) return 'pending/job-queued';
  return request.hold ? 'pending-held/job-hold-until-specified' : 'pending/job-fetchable';
}

function newJobs(
  ports: Pick<Ports, 'clock'>,
  principal: Principal,
  request: JobRequest,
  source: DocumentSource,
  printers: Printer[],
): Job[] {
  const at = ports.clock.now();
  const places = request.output ? [undefined, ...printers] : printers;
  const ids = places.map(() => ports.clock.token() as JobId);
  const shared = source.kind === 'conversion' ? { ...source, sharedBy: ids } : source;
  return places.map((printer, index) => {
    const standing = firstStanding(request, source, printer);
    const expiresIn = printer?.expiresInSeconds;
    const expires = request.expires ?? (expiresIn === undefined ? undefined : { inMilliseconds: expiresIn * 1000 });
    const callback = printer && request.output ? undefined : request.callback;
    const job: Job = {
      id: ids[index] as JobId,
      companyId: principal.companyId,
      contract: request.contract,
      printer: printer && { locationId: printer.locationId, deviceId: printer.deviceId },
      sequence: 0,
      name: request.name,
      ...(request.user === undefined ? {} : { user: request.user }),
      ...(request.tags === undefined ? {} : { tags: request.tags }),
      ...(request.copyOf === undefined ? {} : { copyOf: request.copyOf }),
      ...(request.supersedes === undefined ? {} : { supersedes: request.supersedes }),
      ...(request.hold === undefined ? {} : { hold: request.hold }),
      ...(expires === undefined ? {} : { expiresAt: expiryOf(expires, at) }),
      ...(request.printBefore === undefined ? {} : { printBefore: request.printBefore }),
      source: shared,
      document: source.kind === 'ready' ? source.document : undefined,
      ...(callback ? { callback } : {}),
      ...(printer ? {} : { output: request.output, credits: request.credits }),
      template: { ...printer?.defaultTemplate, ...request.template },
      properties: request.properties,
      unconfirmedPolicy: printer?.unconfirmedPolicy ?? 'ask',
      standing,
      reasons: [],
      attempt: 1,
      reportSequence: 0,
      submittedAt: at,
      since: at,
      updatedAt: at,
      nudges: 0,
      history: [{ at, standing, reasons: [], ...(principal.keyName ? { actor: principal.keyName } : {}) }],
      version: 1,
    };
    return { ...job, dueAt: nextDueAt(job) };
  });
}
