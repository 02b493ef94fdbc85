import type { CompanyId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import type { Ports } from '../../ports/index.ts';

const pageOfJobs = 100;
/** Longer than a job can be at a relay: three days for its printer, a week unconfirmed, and some for reprints. */
export const jobsAtMostOld = 14 * 24 * 60 * 60 * 1000;

/** A company's jobs since a time, newest first, in pages. Reads all of them, so call it rarely. */
export async function* recentJobs(
  { jobs }: Pick<Ports, 'jobs'>,
  companyId: CompanyId,
  since: number,
): AsyncGenerator<Job[]> {
  for (let before: string | undefined; ; ) {
    const page = await jobs.list(companyId, pageOfJobs, before);
    yield page.jobs;
    const oldest = page.jobs.at(-1)?.submittedAt ?? 0;
    if (page.next === undefined || oldest < since) return;
    before = page.next;
  }
}
