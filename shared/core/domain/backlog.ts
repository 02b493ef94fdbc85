import { isAtRelay, type Job } from './job.ts';
import { hasPrinted } from './job-schedule.ts';
import type { Absence, BacklogPolicy, Device, Location, SettledBacklog } from './printer.ts';
import { conditionOf } from './printer-conditions.ts';

/*
 * What becomes of the jobs that waited for a printer that was away: its relay was offline, or could not reach it. Short
 * absences do not count: a relay that restarts, or a printer that is moved, prints what waits.
 */

export const shortestAbsenceMilliseconds = 10 * 60_000;

/** The relay's last absence that counts; of a relay that is not known to be back yet, until now. */
export function absenceOf({ online, lastSeenAt, absence }: Location, at: number): Absence | undefined {
  const last = online || lastSeenAt === undefined ? absence : { from: lastSeenAt, until: at };
  return last && last.until - last.from >= shortestAbsenceMilliseconds ? last : undefined;
}

/** Whether a relay cannot reach its device. */
export const isUnreachable = ({ stateReasons }: Pick<Device, 'stateReasons'>) =>
  conditionOf(stateReasons)?.summary === 'printer off';

/** Of a printer's jobs those that waited when it came back, oldest first. What a person released is printed. */
export function backlogIn(jobs: Job[], { until }: Pick<Absence, 'until'>): Job[] {
  return jobs
    .filter(job => job.submittedAt < until && !job.isReleased && !hasPrinted(job))
    .filter(job => job.standing === 'pending/job-fetchable' || isAtRelay(job))
    .toSorted((a, b) => a.sequence - b.sequence);
}

/** What was decided on a backlog, for a job of it that was not found then. Undefined: nothing, or it is of no backlog. */
export function lateDecisionOn(job: Job, { policy, until, newest }: SettledBacklog): 'hold' | 'drop' | undefined {
  const offered = job.history.findLast(entry => entry.standing === 'pending/job-fetchable');
  const isOfBacklog = backlogIn([job], { until }).length > 0 && (offered?.at ?? job.submittedAt) < until;
  if (!isOfBacklog || policy === 'all' || (policy === 'newest' && job.sequence >= newest)) return undefined;
  return policy === 'ask' ? 'hold' : 'drop';
}

/** What a policy does with each job of a backlog. One that its relay may be sending is held or dropped if it is not. */
export function decisionsOn(backlog: Job[], policy: BacklogPolicy): ('print' | 'hold' | 'drop')[] {
  return backlog.map((_job, index) => {
    if (policy === 'drop') return 'drop';
    if (policy === 'newest') return index < backlog.length - 1 ? 'drop' : 'print';
    return policy === 'ask' ? 'hold' : 'print';
  });
}
