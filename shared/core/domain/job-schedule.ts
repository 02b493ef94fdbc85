import { mayHaveBegun } from './grant.ts';
import { isAtRelay, isFinal, type Job, type JobEvent, type Standing } from './job.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How far ahead a job may be held or kept. */
export const longestHoldMilliseconds = 30 * day;

/** How long a job may keep a standing before it expires or, at a relay, becomes unconfirmed. */
export const standingTimeouts: Record<Standing, number | undefined> = {
  'pending-held/job-incoming': 24 * hour,
  'pending-held/job-hold-until-specified': longestHoldMilliseconds,
  'pending/job-queued': hour,
  'processing/job-transforming': 45 * minute,
  'pending/job-fetchable': 72 * hour,
  'processing/queued-in-device': 24 * hour,
  'processing/job-printing': 24 * hour,
  'processing-stopped/printer-stopped': 72 * hour,
  'processing-stopped/delivery-unconfirmed': 7 * 24 * hour,
  'completed/job-completed-successfully': undefined,
  'canceled/job-canceled-by-user': undefined,
  'aborted/aborted-by-system': undefined,
};

/** When a message that may have been lost is first resent; the interval doubles after that. */
const firstNudge: Partial<Record<Standing, number>> = {
  'pending/job-queued': minute,
  'processing/job-transforming': 16 * minute,
  'pending/job-fetchable': minute / 2,
  'processing/queued-in-device': minute,
  'processing/job-printing': minute,
  'processing-stopped/printer-stopped': minute,
};
/** A cancel that a relay has not answered is repeated sooner. */
const cancelNudge = minute / 2;
/** A relay that is back without a job, or whose answer was lost, is asked about it within this time. */
const longestNudge = hour;
/** How long an instance of a relay that holds a doubted job has to report. */
const doubtMilliseconds = minute;

/** How long a connected relay may try to reach its printer. */
const printerAwayMilliseconds = 72 * hour;

/** When the sweep must look at a job next, in milliseconds since 1970. */
export function nextDueAt(job: Job): number | undefined {
  if (isFinal(job)) return earliest(outputEnd(job), nextCallback(job));
  const end = keptUntil(job);
  // only a job held by a connected relay stays past its end
  const ending = end > job.updatedAt || !isAtRelay(job) ? end : undefined;
  return earliest(ending, deadlineOf(job), holdEnd(job), nextNudge(job), doubtEnd(job));
}

/** A relay is asked about a job that it holds only if it has not reported for a while. */
function nextNudge(job: Job): number | undefined {
  const nudge = isAtRelay(job) && job.cancelRequested ? cancelNudge : firstNudge[job.standing];
  if (!nudge) return undefined;
  return isAtRelay(job)
    ? job.updatedAt + Math.min(nudge * 2 ** job.nudges, longestNudge)
    : job.since + nudge * 2 ** job.nudges;
}

/** When a job that is not final expires, or its relay is called silent; milliseconds since 1970. */
function standingEnd(job: Job): number {
  // a job that has not begun waits for its relay as before
  const standing = isAtRelay(job) && !mayHaveBegun(job) ? 'pending/job-fetchable' : job.standing;
  // a client that says when its job expires may wait longer than usual
  if (standing === 'pending/job-fetchable' && job.expiresAt !== undefined) return job.expiresAt;
  return job.since + (standingTimeouts[standing] as number);
}

/** Until when a job that is not final is kept: until its standing ends, or its own deadline. */
export const keptUntil = (job: Job) => Math.min(standingEnd(job), deadlineOf(job) ?? Number.POSITIVE_INFINITY);

/** The client's deadline for the begin of printing; undefined once printing has begun, or the end was asked for. */
export function deadlineOf(job: Job): number | undefined {
  const deadline = earliest(job.expiresAt, job.printBefore);
  return deadline === undefined || job.isExpiring || hasPrinted(job) ? undefined : deadline;
}

export const hasPassedDeadline = (job: Job, at: number) => (deadlineOf(job) ?? Number.POSITIVE_INFINITY) <= at;

/** Whether a job must not be printed any more when a relay that was silent asks for permission. */
export function hasExpiredInSilence(job: Job, at: number): boolean {
  const usual = (job.grant?.at ?? job.since) + printerAwayMilliseconds;
  return at >= (earliest(job.expiresAt, job.printBefore) ?? usual);
}

/** Whether its printer began with this attempt, or may have. */
export function hasPrinted({ standing, history }: Job): boolean {
  const fetchable = history.findLastIndex(entry => entry.standing === 'pending/job-fetchable');
  const begun: Standing[] = ['processing/job-printing', 'processing-stopped/delivery-unconfirmed'];
  return begun.includes(standing) || history.slice(fetchable + 1).some(entry => begun.includes(entry.standing));
}

export function deadlineMessage({ expiresAt = Number.POSITIVE_INFINITY, printBefore }: Job): string {
  const isLate = printBefore !== undefined && printBefore <= expiresAt;
  const time = new Date(isLate ? printBefore : expiresAt).toISOString();
  return isLate
    ? `The job was to be printed before ${time}, and was not begun by then. Nothing was printed.`
    : `The job expired at ${time}, before it was printed. Nothing was printed.`;
}

/** The event of a job whose deadline has passed: ended at once, or by its relay if that may have begun. */
export function deadlineEvent(job: Job, at: number): JobEvent | undefined {
  if (isFinal(job) || !hasPassedDeadline(job, at)) return undefined;
  return { type: isAtRelay(job) ? 'expiry-requested' : 'expired' };
}

const holdEnd = ({ standing, hold }: Job) =>
  standing === 'pending-held/job-hold-until-specified' ? hold?.until : undefined;

const doubtEnd = ({ doubtedAt }: Job) => (doubtedAt === undefined ? undefined : doubtedAt + doubtMilliseconds);

const outputEnd = ({ output }: Job) => (output?.discardedAt ? undefined : output?.collectBy);

/** Interval and number of attempts to resend the message of a callback. */
const [callbackNudge, callbackNudges] = [5 * minute, 5];

/** Ended, with a callback that is not settled. */
export const owesCallback = (job: Pick<Job, 'standing' | 'callback'>) =>
  isFinal(job) && job.callback !== undefined && job.callback.settledAt === undefined;

function nextCallback(job: Job): number | undefined {
  if (!owesCallback(job) || job.nudges >= callbackNudges) return undefined;
  return (job.endedAt ?? job.since) + callbackNudge * 2 ** job.nudges;
}

/** Since when a job is final and owes nothing, so that its document is kept only to be printed again. */
export function overSince(job: Job): number | undefined {
  if (!isFinal(job) || job.dueAt !== undefined) return undefined;
  return Math.max(job.endedAt ?? job.since, job.callback?.settledAt ?? 0, job.output?.discardedAt ?? 0);
}

function earliest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** What the sweep does with a due job: apply an event, resend its message, or discard its output. */
export function dueAction(
  job: Job,
  at: number,
  isRelayConnected = false,
): JobEvent | 'nudge' | 'discard-output' | undefined {
  if (job.dueAt === undefined || job.dueAt > at) return undefined;
  if (isFinal(job)) return (outputEnd(job) ?? Number.POSITIVE_INFINITY) <= at ? 'discard-output' : 'nudge';
  if ((doubtEnd(job) ?? Number.POSITIVE_INFINITY) <= at) return { type: 'lost', message: lostWithFolder };
  const expiry = deadlineEvent(job, at);
  if (expiry) return expiry;
  if ((holdEnd(job) ?? Number.POSITIVE_INFINITY) <= at) return { type: 'released' };
  if (at < standingEnd(job)) return 'nudge';
  if (!isAtRelay(job)) return { type: 'expired' };
  // a connected relay is not silent: it reports when its printer ends the job or is unreachable
  return isRelayConnected ? whenConnected(job, at) : { type: 'silent' };
}

function whenConnected(job: Job, at: number): JobEvent | 'nudge' {
  const isLimited = job.expiresAt === undefined || hasPrinted(job);
  const isAway = isLimited && job.standing !== 'processing/job-printing';
  const isExpired = isAway && at >= job.since + printerAwayMilliseconds;
  return isExpired && !job.isExpiring ? { type: 'expiry-requested' } : 'nudge';
}

const lostWithFolder =
  'The relay that acknowledged the job has lost its data, or restored it from a copy. The job may have been printed.';

/** From this many on, the next nudge is more than an hour away. */
const hourlyNudges = 7;

/**
 * The job after it was not offered because its relay is offline: the relay asks when it connects. The next look is hours
 * away, and nudges then, in case the relay's presence is wrong.
 */
export function deferred(job: Job, at: number): Job {
  return nudged({ ...job, nudges: Math.max(job.nudges, hourlyNudges - 1) }, at);
}

/** Whether a nudge makes sense although the job's relay is offline. */
export const isNudgedOffline = (job: Job) => job.standing !== 'pending/job-fetchable' || job.nudges >= hourlyNudges;

/** The job after its message was resent: the next interval is twice as long. */
export function nudged(job: Job, at: number): Job {
  const next = { ...job, nudges: job.nudges + 1, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
}
