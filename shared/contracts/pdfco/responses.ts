import { contentDisposition } from '../../domain/content-disposition.ts';
import { type Job, type Output, type Standing, stateOf } from '../../domain/job.ts';
import type { JobCheck } from '../../usecases/check-job.ts';
import type { ConversionOutcome } from '../../usecases/convert-document.ts';
import type { Download, OutputDownload } from '../../usecases/download.ts';
import type { KeptFile } from '../../usecases/keep-file.ts';
import type { HttpResponse } from '../contract.ts';
import { fileAddresses, resultAddress, uploadAddress } from './addresses.ts';
import { creditsLeft, json, statusOf, timeText } from './envelopes.ts';
import { infoOf } from './pdf-info.ts';

/** What the calls answer. */

const nameOf = ({ output }: Job) => (output as Output).fileName;

/** Until it stands, as long as it will at least. */
const validUntil = ({ output, submittedAt }: Job) =>
  timeText((output as Output).collectBy ?? submittedAt + (output as Output).keepMilliseconds);

/** `async`: the address is told at once, and answers when the job is done. */
export function started(origin: string, { job, printJobs, remaining, milliseconds }: ConversionOutcome): HttpResponse {
  return json({
    url: resultAddress(origin, job),
    outputLinkValidTill: validUntil(job),
    error: false,
    status: 200,
    name: nameOf(job),
    jobId: job.id,
    ...printIds(printJobs),
    credits: job.credits ?? 0,
    remainingCredits: creditsLeft(remaining),
    duration: milliseconds,
  });
}

/** What was made, in one of the forms in which it is told: an address, addresses, or the text itself. */
export function made(
  told: { url: string } | { urls: string[] } | { body: string } | object,
  { job, printJobs, remaining, milliseconds }: ConversionOutcome,
): HttpResponse {
  return json({
    ...told,
    outputLinkValidTill: validUntil(job),
    pageCount: job.pageCount ?? 0,
    error: false,
    status: 200,
    name: nameOf(job),
    ...printIds(printJobs),
    credits: job.credits ?? 0,
    remainingCredits: creditsLeft(remaining),
    duration: milliseconds,
  });
}

/** Ours: what /v1/job/check is asked for how the paper goes. */
const printIds = (jobs: Job[]) => (jobs.length > 0 ? { printJobIds: jobs.map(({ id }) => id) } : {});

export function resultOf(origin: string, outcome: ConversionOutcome, isInline: boolean): HttpResponse {
  const { job, files, text } = outcome;
  if (files) return made({ urls: fileAddresses(origin, job, files) }, outcome);
  if (isInline && text !== undefined) return made({ body: text }, outcome);
  return made({ url: resultAddress(origin, job) }, outcome);
}

export const infoResult = (outcome: ConversionOutcome) => made({ info: infoOf(outcome.text ?? '{}') }, outcome);
export const hashResult = (outcome: ConversionOutcome) => made({ hash: outcome.text ?? '' }, outcome);

type CheckStatus = 'working' | 'success' | 'failed' | 'aborted' | 'unknown';

const statuses: Record<Standing, (job: Job) => CheckStatus> = {
  'pending-held/job-incoming': () => 'working',
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

/** /v1/job/check: `status` is a word here and a number everywhere else. A job that is none counts as running, unless forced. */
export function checked(origin: string, { job, remaining, milliseconds }: JobCheck, isForced: boolean): HttpResponse {
  const remainingCredits = creditsLeft(remaining);
  if (!job) return json({ status: isForced ? 'unknown' : 'working', remainingCredits });
  return json(checkOf(origin, job, remainingCredits, milliseconds));
}

/** A callback is told the same as who asks. */
export function callbackBody(job: Job, remaining: number | undefined): string {
  return JSON.stringify(checkOf(job.callback?.origin ?? '', job, creditsLeft(remaining), 0));
}

function checkOf(origin: string, job: Job, remainingCredits: number, duration: number) {
  const status = statuses[job.standing](job);
  const message = messageOf(job, status);
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
    ...common,
    credits: job.credits ?? 0,
    jobDuration,
  };
}

function messageOf(job: Job, status: CheckStatus): string | undefined {
  if (status === 'success') return 'Success';
  if (job.message) return job.message;
  if (status === 'aborted') return 'The job was canceled.';
  if (status === 'failed') return `The job failed: ${job.reasons.join(', ')}`;
  return stateOf(job) === 'processing-stopped' ? `The printer needs attention: ${job.reasons.join(', ')}` : undefined;
}

/** An upload that is there, or, with `presignedUrl`, that may now be put. */
export function kept(origin: string, { session, putAddress, remaining, milliseconds }: KeptFile): HttpResponse {
  return json({
    ...(putAddress ? { presignedUrl: putAddress } : {}),
    url: uploadAddress(origin, session),
    outputLinkValidTill: timeText(session.expiresAt),
    error: false,
    status: 200,
    name: session.name ?? '',
    credits: 0,
    remainingCredits: creditsLeft(remaining),
    duration: milliseconds,
  });
}

export const deleted = (remaining: number | undefined) =>
  json({ error: false, status: 200, remainingCredits: creditsLeft(remaining) });

export const balance = (remaining: number | undefined) => json({ remainingCredits: creditsLeft(remaining) });

/** Documents are other people's: a browser must neither guess their type nor run them as pages of this service. */
const untrusted = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': 'sandbox',
  'cache-control': 'private, no-store',
};

export function downloaded(found: Download): HttpResponse {
  if ('url' in found) return { status: 302, headers: { ...untrusted, location: found.url }, body: '' };
  const isText = found.format.startsWith('text/') || found.format === 'application/json';
  const headers = {
    ...untrusted,
    'content-type': isText ? `${found.format}; charset=utf-8` : found.format,
    'content-disposition': contentDisposition(found.fileName),
  };
  return { status: 200, headers, body: found.bytes };
}

/** Several files are told as a JSON list of their addresses, and what a PDF says of itself in this dialect's words. */
export function downloadedOutput(origin: string, found: OutputDownload): HttpResponse {
  if ('files' in found) return json(fileAddresses(origin, found.job, found.files));
  const isInfo = found.job.properties.call === infoCall && 'bytes' in found;
  return isInfo ? json(infoOf(Buffer.from(found.bytes).toString())) : downloaded(found);
}

export const infoCall = '/v1/pdf/info';
