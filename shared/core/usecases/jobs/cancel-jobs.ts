import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { cancelJob } from './cancel-job.ts';

/** The outcome of one of several cancellations. */
export type CancelResult = { job: Job } | { id: string; error: PrintError };

/** Cancels each job on its own: an error for one does not affect the others. */
export async function cancelJobs(
  ports: Parameters<typeof cancelJob>[0],
  principal: Principal,
  { ids }: { ids: string[] },
): Promise<CancelResult[]> {
  return await Promise.all(
    ids.map(async id => {
      try {
        return { job: await cancelJob(ports, principal, { id }) };
      } catch (error) {
        if (error instanceof PrintError && error.code !== 'internal') return { id, error };
        throw error;
      }
    }),
  );
}
