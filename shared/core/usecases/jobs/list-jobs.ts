import type { Principal } from '../../domain/company.ts';
import { type Contract, isFinal, type Job, stateOf } from '../../domain/job.ts';
import type { JobView } from '../../domain/job-words.ts';
import { printerKey } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';
import { viewJobs } from './view-job.ts';

export interface JobPage {
  views: JobView[];
  next?: string;
}

/** Job states, and groups of them. */
export const stateGroups = ['active', 'ended', 'attention'] as const;

export interface JobFilter {
  /** an IPP job state or a group */
  state?: string;
  /** `location:device` */
  printer?: string;
  location?: string;
  user?: string;
  tag?: string;
  dialect?: Contract;
  /** a part of the name, in any letter case */
  text?: string;
  /** time of submission in milliseconds since 1970; `until` is exclusive */
  since?: number;
  until?: number;
}

/** The most pages that one call reads to find matching jobs. */
const pagesAtMost = 25;

/** Returns a company's jobs, newest first. A page may have fewer than `limit` jobs and still have a `next`. */
export async function listJobs(
  ports: Pick<Ports, 'jobs' | 'registry' | 'clock'>,
  principal: Principal,
  { limit, before, ...filter }: { limit: number; before?: string } & JobFilter,
): Promise<JobPage> {
  const found: Job[] = [];
  let next = before;
  for (let page = 0; page < pagesAtMost && found.length < limit; page++) {
    const { jobs, next: following } = await ports.jobs.list(principal.companyId, limit - found.length, next);
    found.push(...jobs.filter(job => matches(job, filter)));
    next = jobs.some(job => job.submittedAt < (filter.since ?? 0)) ? undefined : following;
    if (next === undefined) break;
  }
  return { views: await viewJobs(ports, principal.companyId, found), next };
}

function matches(job: Job, filter: JobFilter): boolean {
  const { state, printer, location, user, tag, dialect, text, since, until } = filter;
  const isInState = state === undefined || isIn(job, state);
  const isAtPrinter = printer === undefined || (job.printer && printerKey(job.printer) === printer);
  const isAtLocation = location === undefined || job.printer?.locationId === location;
  const isOfUser = user === undefined || job.user === user;
  const hasTag = tag === undefined || job.tags?.includes(tag);
  const isOfDialect = dialect === undefined || job.contract === dialect;
  const hasText = text === undefined || job.name.toLowerCase().includes(text.toLowerCase());
  const isInTime = job.submittedAt >= (since ?? 0) && job.submittedAt < (until ?? Number.POSITIVE_INFINITY);
  return Boolean(isInState && isAtPrinter && isAtLocation && isOfUser && hasTag && isOfDialect && hasText && isInTime);
}

function isIn(job: Job, state: string): boolean {
  if (state === 'active') return !isFinal(job);
  if (state === 'ended') return isFinal(job);
  if (state === 'attention') return stateOf(job) === 'processing-stopped';
  return stateOf(job) === state;
}
