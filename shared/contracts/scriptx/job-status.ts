import type { Job, PreparationStep, Standing } from '../../core/domain/job.ts';
import { type JobView, wordsOf } from '../../core/domain/job-words.ts';
import { json } from './responses.ts';

/** JobStatus: the state of a job as the client's numbers. */

const steps: Record<PreparationStep, number> = {
  starting: 2,
  downloading: 3,
  downloaded: 4,
  rendering: 5,
  'rendering-pdf': 8,
};

const failed = -1;
const abandoned = -2;

/** A file is 6 until it is downloaded. The client takes a number that it does not know for a failure. */
const statuses: Record<Standing, (job: Job) => number> = {
  'pending-held/job-incoming': () => 0,
  'pending-held/job-hold-until-specified': () => 1,
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

/** `token`: as the client wrote it. */
export const jobStatus = (token: string) => (view: JobView) =>
  json({ status: statuses[view.job.standing](view.job), message: messageOf(view), jobIdentifier: token });

/** The client shows every message that is not empty. */
function messageOf(view: JobView): string {
  const { message, next } = wordsOf(view);
  const isDecision = view.job.standing === 'processing-stopped/delivery-unconfirmed';
  return [message ?? '', isDecision ? next : ''].join(' ').trim();
}
