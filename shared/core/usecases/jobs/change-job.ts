import type { JobId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';

/**
 * Reads a job, changes it by a pure function, and saves it on the condition that it was not changed in between.
 * Undefined when there is no such job; `changed` is false when the change had nothing to do.
 */
export async function changeJob(
  ports: Pick<Ports, 'jobs'>,
  id: JobId,
  change: (job: Job) => Job | undefined,
): Promise<{ job: Job; changed: boolean } | undefined> {
  const outcome = await saveWith(
    () => ports.jobs.get(id),
    change,
    job => ports.jobs.save(job),
  );
  return outcome && { job: outcome.now, changed: outcome.changed };
}
