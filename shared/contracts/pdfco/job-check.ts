import type { Job, Standing } from '../../core/domain/job.ts';
import { type JobView, wordsOf } from '../../core/domain/job-words.ts';
import type { JobCheck } from '../../core/usecases/jobs/check-job.ts';
import type { HttpResponse } from '../contract.ts';
import { resultAddress } from './addresses.ts';
import { creditsLeft, json, statusOf } from './envelopes.ts';
import { validUntil, warningsOf } from './responses.ts';

/** The state of a job, for /v1/job/check and for callbacks. */

type CheckStatus = 'working' | 'success' | 'failed' | 'aborted' | 'unknown';

const statuses: Record<Standing, (job: Job) => CheckStatus> = {
  'pending-held/job-incoming': () => 'working',
  'pending-held/job-hold-until-specified': () => 'working',
  'pending/job-queued': () => 'working',
  'processing/job-transforming': () => 'working',
  'pending/job-fetchable': () => 'working',
  'processing/queued-in-device': () => 'working',
  'processing/job-printing': () => 'working',
  'processing-stopped/printer-stopped': () => 'working',
  'processing-stopped/delivery-unconfirmed': () => 'working',
  'completed/job-completed-successfully': () => 'success',
  'canceled/job-canceled-by-user': () => 'aborted',
  'aborted/aborted-by-system': job => (job.reasons.includes('expired') ? 'aborted' : 'failed'),
};

/** /v1/job/check: here `status` is a word, in all other responses a number. An unknown job is `working`, unless `force` is set. */
export function checked(origin: string, { view, remaining, milliseconds }: JobCheck, isForced: boolean): HttpResponse {
  const remainingCredits = creditsLeft(remaining);
  if (!view) return json({ status: isForced ? 'unknown' : 'working', remainingCredits });
  return json(checkOf(origin, view, remainingCredits, milliseconds));
}

/** A callback receives the same body as /v1/job/check. */
export function callbackBody(job: Job, remaining: number | undefined): string {
  return JSON.stringify(checkOf(job.callback?.origin ?? '', { job }, creditsLeft(remaining), 0));
}

function checkOf(origin: string, view: JobView, remainingCredits: number, duration: number) {
  const { job } = view;
  const status = statuses[job.standing](job);
  const message = messageOf(view, status);
  if (status === 'working') return { status, message, jobId: job.id, remainingCredits };
  const common = { jobId: job.id, name: job.output?.fileName ?? job.name, remainingCredits, duration };
  const jobDuration = (job.endedAt ?? job.updatedAt) - job.submittedAt;
  if (status !== 'success') {
    return {
      status,
      message,
      error: true,
      errorCode: job.error && statusOf[job.error],
      ...common,
      credits: 0,
      jobDuration,
    };
  }
  return {
    status,
    message,
    error: false,
    ...(job.output ? { url: resultAddress(origin, job), outputLinkValidTill: validUntil(job) } : {}),
    pageCount: job.pageCount ?? 0,
    ...warningsOf(job),
    ...common,
    credits: job.credits ?? 0,
    jobDuration,
  };
}

function messageOf(view: JobView, status: CheckStatus): string | undefined {
  if (status === 'success') return 'Success';
  const { message, next } = wordsOf(view);
  return view.job.standing === 'processing-stopped/delivery-unconfirmed' ? `${message} ${next}` : message;
}
