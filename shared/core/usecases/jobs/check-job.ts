import type { Principal } from '../../domain/company.ts';
import { parseJobId } from '../../domain/ids.ts';
import { isFinal, type Job } from '../../domain/job.ts';
import type { JobView } from '../../domain/job-words.ts';
import type { Ports } from '../../ports/index.ts';
import { viewJobs } from './view-job.ts';

export interface JobCheck {
  /** undefined when the job is unknown, has expired, or belongs to another company */
  view?: JobView;
  /** credits that are left; undefined without a limit */
  remaining?: number;
  /** duration of this call */
  milliseconds: number;
}

/** A job without an output can be checked for this long after its end. */
const rememberedMilliseconds = 24 * 60 * 60 * 1000;

/** Returns the state of a job. A job in a final state can be checked until its output expires. */
export async function checkJob(
  { jobs, registry, clock }: Pick<Ports, 'jobs' | 'registry' | 'clock'>,
  { companyId }: Principal,
  { id }: { id: string },
): Promise<JobCheck> {
  const startedAt = clock.now();
  const parsed = parseJobId(id);
  const [found, remaining] = await Promise.all([parsed && jobs.get(parsed), registry.remainingCredits(companyId)]);
  const now = clock.now();
  const isTheirs = found && found.companyId === companyId;
  const isShown = isTheirs && !isForgotten(found, now);
  const [view] = isShown ? await viewJobs({ jobs, registry, clock }, companyId, [found]) : [];
  return { view, remaining, milliseconds: now - startedAt };
}

function isForgotten(job: Job, at: number): boolean {
  const until = job.output?.collectBy ?? (job.endedAt ?? at) + rememberedMilliseconds;
  return isFinal(job) && at >= until;
}
