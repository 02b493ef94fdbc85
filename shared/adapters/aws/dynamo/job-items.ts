import { PrintError } from '../../../core/domain/errors.ts';
import { type JobId, parseJobId } from '../../../core/domain/ids.ts';
import { isFinal, isWaiting, type Job } from '../../../core/domain/job.ts';
import { overSince } from '../../../core/domain/job-schedule.ts';
import type { PrinterName } from '../../../core/domain/printer.ts';
import { deflateJson, inflateJson } from './deflated-json.ts';
import { type Item, keyOf } from './dynamo.ts';
import { jobItem, listedAt, overShardOf, placeItem, shardOf } from './table.ts';

/** Items for jobs and for places in a printer's order. */

const day = 24 * 60 * 60;
/** How long jobs are kept after their end. */
export const jobsKeptSeconds = 30 * day;
/** Longer than any job waits; a place left over by then is obsolete. */
const placeSeconds = 30 * day;

export const jobIn = (item: Item): Job => inflateJson<Job>(item.body?.B as Uint8Array);

/** The item of a new job. */
export function itemOf(job: Job, writtenBy: string): Item {
  const item: Item = {
    ...keyOf(jobItem(job.id)),
    listOf: { S: job.companyId },
    listedAt: { S: listedAt(job.submittedAt, job.id) },
    ...contentOf(job, writtenBy),
    ...lookOf(job),
  };
  if (isWaiting(job)) item.placeOf = { N: String(job.attempt) };
  return item;
}

/** Attributes that every save writes. */
export function contentOf(job: Job, writtenBy: string): Item {
  const content: Item = {
    body: { B: deflateJson(job) },
    version: { N: String(job.version) },
    writtenBy: { S: writtenBy },
  };
  if (job.dueAt !== undefined) content.due = { S: `${job.version}:${job.dueAt}` };
  const ended = isFinal(job) ? job.endedAt : undefined;
  if (ended !== undefined) content.expiresAt = { N: String(Math.floor(ended / 1000) + jobsKeptSeconds) };
  return content;
}

/**
 * The version of a job and when it is due, from the attribute `due` of its item; undefined if another release wrote the
 * item last.
 */
export function dueIn(item: Item): { version: number; dueAt: number } | undefined {
  const [version, dueAt] = (item.due?.S ?? '').split(':').map(Number);
  return dueAt !== undefined && item.version?.N === String(version) ? { version: version as number, dueAt } : undefined;
}

/** Attributes that put a job in the index `byDueAt`: when it is due, or since when it is over. */
export function lookOf(job: Job): Item {
  const [shard, lookAt] =
    job.dueAt === undefined ? [overShardOf(job.id), overSince(job)] : [shardOf(job.id), job.dueAt];
  return lookAt === undefined ? {} : { dueShard: { S: shard }, lookAt: { N: String(lookAt) } };
}

/** A job's place in its printer's order, with the version of the job that takes it. */
export function placeOf(job: Job, now: number): Item {
  return {
    ...keyOf(placeKeyOf(job)),
    jobId: { S: job.id },
    version: { N: String(job.version) },
    expiresAt: { N: String(Math.floor(now / 1000) + placeSeconds) },
  };
}

export const placeKeyOf = (job: Job) => placeItem(job.companyId, job.printer as PrinterName, job.sequence);

/** Validates a `listedAt` position. Throws `bad-value`. */
export function parsePosition(text: string): string {
  const [, at, id] = /^(\d{1,15})\.([0-9a-f]{32})$/.exec(text) ?? [];
  const jobId: JobId | undefined = id === undefined ? undefined : parseJobId(id);
  if (at === undefined || !jobId)
    throw new PrintError('bad-value', `Invalid page position "${text}": use the "next" value of the previous page.`);
  return listedAt(Number(at), jobId);
}
