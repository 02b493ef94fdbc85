import { allReasonsOf, isFinal, type Job, type JobState, stateOf } from '../core/domain/job.ts';
import { printerKey } from '../core/domain/printer.ts';
import type { JobStore } from '../core/ports/index.ts';
import { log } from './log.ts';
import { type MetricName, record } from './metrics.ts';

/** The same store, with a log line and metrics for each job that it accepts and each change that matters to people. */
export function observeJobs(store: JobStore): JobStore {
  return {
    ...store,
    async create(...given) {
      const outcome = await store.create(...given);
      if (typeof outcome === 'object' && 'created' in outcome) outcome.created.forEach(noteAccepted);
      return outcome;
    },
    async save(job) {
      const outcome = await store.save(job);
      const hasMoved = 'saved' in outcome && outcome.saved.since === outcome.saved.updatedAt;
      if (hasMoved) noteMove(outcome.saved);
      return outcome;
    },
  };
}

const endMetrics: Partial<Record<JobState, MetricName>> = {
  completed: 'jobsCompleted',
  canceled: 'jobsCanceled',
  aborted: 'jobsAborted',
};

function noteAccepted(job: Job): void {
  log.info('job-accepted', { ...subjectOf(job), octets: job.document?.octets, format: job.document?.format });
  record('jobsAccepted');
}

function noteMove(job: Job): void {
  if (isFinal(job)) noteEnd(job);
  else if (job.standing === 'processing-stopped/delivery-unconfirmed') noteUnconfirmed(job);
  else if (job.standing === 'processing-stopped/printer-stopped') {
    log.warn('job-stopped', { ...subjectOf(job), reasons: job.reasons, message: job.message });
  } else if (isGranted(job)) noteGranted(job);
}

/** The first step at the relay of this attempt. */
function isGranted({ standing, history }: Job): boolean {
  return standing === 'processing/queued-in-device' && history.at(-2)?.standing === 'pending/job-fetchable';
}

function noteGranted(job: Job): void {
  log.info('job-granted', { ...subjectOf(job), attempt: job.attempt });
  record('jobsGranted');
  if (job.attempt === 1) record('acceptedToGranted', job.since - job.submittedAt);
}

function noteUnconfirmed(job: Job): void {
  log.warn('job-unconfirmed', { ...subjectOf(job), reasons: job.reasons, message: job.message });
  record('jobsUnconfirmed');
}

function noteEnd(job: Job): void {
  const state = stateOf(job);
  const fields = { ...subjectOf(job), state, reasons: allReasonsOf(job), message: job.message };
  log[state === 'aborted' ? 'warn' : 'info']('job-ended', fields);
  record(endMetrics[state] as MetricName);
  if (state === 'completed' && job.receivedAt) record('grantedToCompleted', job.since - job.receivedAt);
}

const subjectOf = ({ id, companyId, contract, printer, relayId }: Job) => ({
  jobId: id,
  companyId,
  contract,
  printer: printer && printerKey(printer),
  relayId,
});
