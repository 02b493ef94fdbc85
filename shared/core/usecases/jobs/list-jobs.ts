import type { Principal } from '../../domain/company.ts';
import type { JobView } from '../../domain/job-words.ts';
import type { Ports } from '../../ports/index.ts';
import { viewJobs } from './view-job.ts';

export interface JobPage {
  views: JobView[];
  next?: string;
}

/** A company's jobs, newest first, a page at a time. */
export async function listJobs(
  ports: Pick<Ports, 'jobs' | 'registry' | 'clock'>,
  principal: Principal,
  { limit, before }: { limit: number; before?: string },
): Promise<JobPage> {
  const { jobs, next } = await ports.jobs.list(principal.companyId, limit, before);
  return { views: await viewJobs(ports, principal.companyId, jobs), next };
}
