import type { Job } from './job.ts';
import { nextDueAt } from './job-schedule.ts';

const collectedGrace = 15 * 60_000;

/** Whether the output can be collected now. */
export function isCollectable({ output, document }: Pick<Job, 'output' | 'document'>, at: number): boolean {
  return document !== undefined && output?.collectBy !== undefined && !output.discardedAt && at < output.collectBy;
}

/** Marks an output as collected; undefined if there is none, or if it was collected before. */
export function collected(job: Job, at: number): Job | undefined {
  if (!job.output || job.output.collectedAt || !isCollectable(job, at)) return undefined;
  // a grace period for browsers and download managers that request twice
  const collectBy = job.output.once ? at + collectedGrace : job.output.collectBy;
  const output = { ...job.output, collectedAt: at, collectBy };
  const next = { ...job, output, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
}

/** Marks an output as deleted. The job stays completed, and contracts can see whether it was collected. */
export function outputDiscarded(job: Job, at: number): Job {
  const next = { ...job, output: job.output && { ...job.output, discardedAt: at }, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
}

/** Marks the callback as delivered or abandoned. */
export function callbackSettled(job: Job, at: number): Job | undefined {
  if (!job.callback || job.callback.settledAt) return undefined;
  const next = { ...job, callback: { ...job.callback, settledAt: at }, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
}
