import type { ClientJob } from '../../../client/index.ts';

/** Jobs that have not ended, in the order in which a printer gets them. */
export interface Queue {
  jobs: ClientJob[];
  /** older ones may be missing */
  isCut: boolean;
}

/** By printer, from a list with the newest first. */
export function queuesOf(jobs: ClientJob[], isCut = false): Map<string, Queue> {
  const queues = new Map<string, Queue>();
  for (const job of jobs.toReversed()) {
    if (!job.printer) continue;
    const queue = queues.get(job.printer) ?? { jobs: [], isCut };
    queue.jobs.push(job);
    queues.set(job.printer, queue);
  }
  return queues;
}
