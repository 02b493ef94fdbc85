import { log } from '../../../telemetry/log.ts';
import { creditsSpent } from '../../domain/company.ts';
import type { StoredDocument } from '../../domain/document.ts';
import { PrintError, type PrintErrorCode } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import { isUnprepared, type Job, type JobEvent, type PreparationStep } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import type { PrinterName } from '../../domain/printer.ts';
import type { Converter, Messages, Ports } from '../../ports/index.ts';
import { announce } from '../jobs/announce.ts';
import { changeJob } from '../jobs/change-job.ts';
import { discardConversion } from '../jobs/conversion-store.ts';
import { ringDoorbells } from '../relays/ring-doorbells.ts';
import { readStored } from '../uploads/read-stored.ts';
import { carryOutConversion, isBusy, type ReportStep } from './carry-out-conversion.ts';
import { deleteOutput, storeConverted } from './output-files.ts';

const deferredSeconds = 5;
const deferredSecondsAtMost = 30;

/** Only this use case has a converter: functions that answer clients neither need nor bundle one. */
export type PreparePorts = Ports & { converter: Converter };

/**
 * Makes the document of jobs that share one source, once, and makes the jobs fetchable. A duplicate message makes it
 * twice at worst, and the jobs take one of the two. Throws only for failures that a retry may resolve.
 */
export async function prepareJobs(ports: PreparePorts, message: Messages['prepare']): Promise<void> {
  const jobs = await sharingJobs(ports, message.jobIds);
  const [first] = jobs.filter(isUnprepared);
  try {
    if (first) await prepare(ports, first, jobs.filter(isUnprepared));
  } catch (error) {
    if (!isBusy(error)) throw error;
    return await defer(ports, message);
  }
  if (jobs[0]) await discardConversion(ports, jobs[0]);
}

/** A company's backlog may be long: what has waited often is looked at less often. */
async function defer({ queue }: Pick<Ports, 'queue'>, message: Messages['prepare']): Promise<void> {
  const { deferrals = 0 } = message;
  const delaySeconds = Math.min(deferredSeconds * 2 ** deferrals, deferredSecondsAtMost);
  await queue.send('prepare', [{ ...message, deferrals: deferrals + 1 }], delaySeconds);
}

/** The jobs of a message, and all others that wait for the same conversion. */
async function sharingJobs(ports: Pick<Ports, 'jobs'>, ids: JobId[]): Promise<Job[]> {
  const named = await readJobs(ports, ids);
  const sharers = named.flatMap(({ source }) => (source.kind === 'conversion' ? source.sharedBy : []));
  const others = await readJobs(
    ports,
    sharers.filter(id => !ids.includes(id)),
  );
  return [...named, ...others];
}

async function readJobs(ports: Pick<Ports, 'jobs'>, ids: JobId[]): Promise<Job[]> {
  const jobs = await Promise.all([...new Set(ids)].map(id => ports.jobs.get(id)));
  return jobs.filter(job => job !== undefined);
}

async function prepare(ports: PreparePorts, first: Job, jobs: Job[]): Promise<void> {
  const ids = jobs.map(job => job.id);
  const reportStep = (step: PreparationStep) => applyToAll(ports, ids, { type: 'preparation-step', step });
  try {
    if (first.source.kind === 'conversion') return await convert(ports, first, jobs, reportStep);
    await reportStep('starting');
    await handOn(ports, jobs, { document: await readStored(ports, first) });
  } catch (error) {
    if (!(error instanceof PrintError) || error.code === 'internal' || isBusy(error)) throw error;
    const { code, message } = error;
    log.warn('preparation-failed', { jobIds: ids, companyId: first.companyId, error });
    await announce(ports, await applyToAll(ports, ids, { type: 'failed', reason: reasonFor(code), code, message }));
  }
}

/** The job to be collected and the jobs to be printed get a document each: one may be deleted before the other. */
async function convert(ports: PreparePorts, first: Job, jobs: Job[], reportStep: ReportStep): Promise<void> {
  const converted = await carryOutConversion(ports, first, jobs, reportStep);
  if (!converted) return;
  await charge(ports, jobs);
  const { bytes, ...facts } = converted;
  for (const group of Map.groupBy(jobs, job => job.printer === undefined).values()) {
    const document = await storeConverted(ports, group[0] as Job, bytes);
    const taken = await handOn(ports, group, { document, ...facts });
    if (taken === 0) await deleteOutput(ports, document.key);
  }
}

/** Charges before the document is handed out. A duplicate message charges once. */
async function charge(ports: PreparePorts, jobs: Job[]): Promise<void> {
  for (const { companyId, id, credits = 0 } of jobs) {
    if (credits === 0) continue;
    const outcome = await ports.registry.chargeCredits(companyId, id, credits);
    if (outcome === 'spent') throw creditsSpent();
  }
}

type Prepared = { document: StoredDocument; pageCount?: number; warnings?: string[] };

/** Assigns the document to the jobs. Returns how many jobs took it. */
async function handOn(ports: Ports, jobs: Job[], prepared: Prepared): Promise<number> {
  const ids = jobs.map(job => job.id);
  if (ids.length > 1) await ports.documentUse.share(prepared.document.key, ids);
  const taken = await applyToAll(ports, ids, { type: 'prepared', ...prepared });
  const relayOf = async ({ locationId }: PrinterName) =>
    (await ports.registry.getLocation((taken[0] as Job).companyId, locationId))?.relayId;
  await announce(ports, await ringDoorbells(ports, taken, relayOf));
  return taken.length;
}

/** Leaves jobs as they are that were prepared, canceled or ended in the meantime. */
async function applyToAll(ports: Ports, ids: JobId[], event: JobEvent): Promise<Job[]> {
  const at = ports.clock.now();
  const outcomes = await Promise.all(
    ids.map(id => changeJob(ports, id, job => (isUnprepared(job) ? applyEvent(job, event, at) : undefined))),
  );
  return outcomes.filter(outcome => outcome?.changed).map(outcome => (outcome as { job: Job }).job);
}

/** The job state reason for an error code [RFC 8011 5.3.8, PWG 5100.13 7.1]. */
function reasonFor(code: PrintErrorCode): string {
  return reasons[code] ?? 'document-format-error';
}

const reasons: Partial<Record<PrintErrorCode, string>> = {
  'document-access-error': 'document-access-error',
  'document-access-denied': 'document-access-error',
  'bad-address': 'document-access-error',
  'not-found': 'document-access-error',
  'document-password-error': 'document-password-error',
  'document-permission-error': 'document-permission-error',
  'bad-page-range': 'page-range-error',
  'page-out-of-range': 'page-range-error',
  'credits-spent': 'account-limit-reached',
  'too-large': 'document-unprintable-error',
  'too-many': 'document-unprintable-error',
  timeout: 'document-unprintable-error',
};
