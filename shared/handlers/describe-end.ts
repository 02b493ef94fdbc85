import { endDescriptions } from '../contracts/index.ts';
import type { Job } from '../core/domain/job.ts';

/** What a job's callback is told of its end, in the dialect that the job came in. */
export function describeEnd(job: Job, remaining: number | undefined): string {
  const describe = endDescriptions[job.contract];
  if (!describe) throw new Error(`Nothing is told of the end of ${job.contract} jobs.`);
  return describe(job, remaining);
}
