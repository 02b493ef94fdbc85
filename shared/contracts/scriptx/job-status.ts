import { allReasonsOf, type Job, type PreparationStep, type Standing } from '../../core/domain/job.ts';
import { json } from './responses.ts';

/** JobStatus: where a job is, in the numbers that the client knows. */

const steps: Record<PreparationStep, number> = {
  starting: 2,
  downloading: 3,
  downloaded: 4,
  rendering: 5,
  'rendering-pdf': 8,
};

const failed = -1;
const abandoned = -2;

/** A waiting file is 6 until it was fetched; any number that the client does not know would end its job as failed. */
const statuses: Record<Standing, (job: Job) => number> = {
  'pending-held/job-incoming': () => 0,
  'pending/job-queued': () => 1,
  'processing/job-transforming': job => steps[job.step ?? 'starting'],
  'pending/job-fetchable': () => 4,
  'processing/queued-in-device': () => 5,
  'processing/job-printing': () => 5,
  'processing-stopped/printer-stopped': () => 5,
  'processing-stopped/delivery-unconfirmed': () => 5,
  'completed/job-completed-successfully': ({ output }) => {
    if (output?.collectedAt) return 100;
    return output?.discardedAt ? abandoned : 6;
  },
  'canceled/job-canceled-by-user': () => abandoned,
  'aborted/aborted-by-system': job => (job.reasons.includes('expired') ? abandoned : failed),
};

/** With the token as it was asked for. */
export const jobStatus = (token: string) => (job: Job) =>
  json({ status: statuses[job.standing](job), message: messageOf(job), jobIdentifier: token });

function messageOf(job: Job): string {
  if (job.message) return job.message;
  const { output, warnings = [], reasons } = job;
  switch (job.standing) {
    case 'pending/job-fetchable':
      return "Waiting for the printer's relay.";
    case 'processing-stopped/printer-stopped':
      return `The printer needs attention: ${reasons.join(', ')}`;
    case 'processing-stopped/delivery-unconfirmed':
      return 'The job may have been printed: nobody could confirm it.';
    case 'canceled/job-canceled-by-user':
      return 'The job was canceled.';
    case 'aborted/aborted-by-system':
      return `The job failed: ${allReasonsOf(job).join(', ')}`;
    case 'completed/job-completed-successfully':
      return output?.discardedAt && !output.collectedAt ? 'The file was never collected.' : warnings.join(' ');
    default:
      return '';
  }
}
