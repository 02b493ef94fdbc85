import type { Principal } from '../../domain/company.ts';
import type { Job } from '../../domain/job.ts';
import type { Ports } from '../../ports/index.ts';

export interface JobPage {
  jobs: Job[];
  next?: string;
}

/** A company's jobs, newest first, a page at a time. */
export async function listJobs(
  ports: Pick<Ports, 'jobs'>,
  principal: Principal,
  { limit, before }: { limit: number; before?: string },
): Promise<JobPage> {
  return await ports.jobs.list(principal.companyId, limit, before);
}
