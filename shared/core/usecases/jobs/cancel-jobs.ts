import type { Principal } from '../../domain/company.ts';
import { cancelJob } from './cancel-job.ts';
import { type BulkResult, forEachJob } from './for-each-job.ts';

/** Cancels each job on its own: an error for one does not affect the others. */
export async function cancelJobs(
  ports: Parameters<typeof cancelJob>[0],
  principal: Principal,
  { ids }: { ids: string[] },
): Promise<BulkResult[]> {
  return await forEachJob(ids, async id => await cancelJob(ports, principal, { id }));
}
