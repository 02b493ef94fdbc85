import type { Job, Output } from '../../core/domain/job.ts';
import type { ConversionOutcome } from '../../core/usecases/documents/convert-document.ts';
import type { KeptFile } from '../../core/usecases/uploads/keep-file.ts';
import type { HttpResponse } from '../contract.ts';
import { fileAddresses, resultAddress, uploadAddress } from './addresses.ts';
import { creditsLeft, json, timeText } from './envelopes.ts';
import { infoOf } from './pdf-info.ts';

/** Responses of the calls. */

const nameOf = ({ output }: Job) => (output as Output).fileName;

/** While the output is not ready: the earliest time at which it will expire. */
export const validUntil = ({ output, submittedAt }: Job) =>
  timeText((output as Output).collectBy ?? submittedAt + (output as Output).keepMilliseconds);

/** With `async` the response has the address of the result at once; it is `not-found` until the job is completed. */
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

/** The result in one of its forms: an address, addresses, or the text itself. */
export function made(
  result: { url: string } | { urls: string[] } | { body: string } | object,
  { job, printJobs, remaining, milliseconds }: ConversionOutcome,
): HttpResponse {
  return json({
    ...result,
    outputLinkValidTill: validUntil(job),
    pageCount: job.pageCount ?? 0,
    error: false,
    status: 200,
    name: nameOf(job),
    ...warningsOf(job),
    ...printIds(printJobs),
    credits: job.credits ?? 0,
    remainingCredits: creditsLeft(remaining),
    duration: milliseconds,
  });
}

/** An extension: warnings about differences from the expected look, for example characters without a font. */
export const warningsOf = ({ warnings = [] }: Job) => (warnings.length > 0 ? { warnings } : {});

/** An extension: the ids with which /v1/job/check returns the states of the print jobs. */
const printIds = (jobs: Job[]) => (jobs.length > 0 ? { printJobIds: jobs.map(({ id }) => id) } : {});

export function resultOf(origin: string, outcome: ConversionOutcome, isInline: boolean): HttpResponse {
  const { job, files, text } = outcome;
  if (files) return made({ urls: fileAddresses(origin, job, files) }, outcome);
  if (isInline && text !== undefined) return made({ body: text }, outcome);
  return made({ url: resultAddress(origin, job) }, outcome);
}

export const infoResult = (outcome: ConversionOutcome) => made({ info: infoOf(outcome.text ?? '{}') }, outcome);
export const hashResult = (outcome: ConversionOutcome) => made({ hash: outcome.text ?? '' }, outcome);

/** A stored upload, or, with `presignedUrl`, one whose bytes the client now puts there. */
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
