import type { Job } from './job.ts';
import { nextDueAt } from './job-schedule.ts';

const collectedGrace = 15 * 60_000;

/** Whether an output stands ready for its client, at this moment. */
export function isCollectable({ output, document }: Pick<Job, 'output' | 'document'>, at: number): boolean {
  return document !== undefined && output?.collectBy !== undefined && !output.discardedAt && at < output.collectBy;
}

/** Marks an output as collected by its client; undefined when it is not there, or was collected before. */
export function collected(job: Job, at: number): Job | undefined {
  if (!job.output || job.output.collectedAt || !isCollectable(job, at)) return undefined;
  // one grace for browsers and download managers that ask twice, then the document goes
  const collectBy = job.output.once ? at + collectedGrace : job.output.collectBy;
  const output = { ...job.output, collectedAt: at, collectBy };
  const next = { ...job, output, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
}

/** Notes that an output is gone; the job stays completed, and its contract tells whether anybody ever fetched it. */
export function outputDiscarded(job: Job, at: number): Job {
  const next = { ...job, output: job.output && { ...job.output, discardedAt: at }, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
}

/** Notes that the callback was told, or that nobody could be. */
export function callbackSettled(job: Job, at: number): Job | undefined {
  if (!job.callback || job.callback.settledAt) return undefined;
  const next = { ...job, callback: { ...job.callback, settledAt: at }, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
}
