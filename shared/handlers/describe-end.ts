import { endDescriptions } from '../contracts/index.ts';
import type { Job } from '../core/domain/job.ts';

/** The body of a job's callback, in the dialect that the job was submitted in. */
export function describeEnd(job: Job, remaining: number | undefined): string {
  const describe = endDescriptions[job.contract];
  if (!describe) throw new Error(`Contract ${job.contract} has no completion callback.`);
  return describe(job, remaining);
}
