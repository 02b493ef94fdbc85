import { PrintError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';

/** The outcome for one of several jobs. */
export type BulkResult = { job: Job } | { id: string; error: PrintError };

/** Does the same with each job: a refusal of one does not affect the others. */
export async function forEachJob(ids: string[], work: (id: string) => Promise<Job>): Promise<BulkResult[]> {
  return await Promise.all(
    ids.map(async id => {
      try {
        return { job: await work(id) };
      } catch (error) {
        if (error instanceof PrintError && error.code !== 'internal') return { id, error };
        throw error;
      }
    }),
  );
}
