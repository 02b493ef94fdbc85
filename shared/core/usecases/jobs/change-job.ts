import type { JobId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';

/**
 * Reads a job, applies a pure change, and saves it on the condition that it was not changed in between. Undefined when
 * the job does not exist; `changed` is false when `change` returned undefined.
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
