import { isAtRelay, isFinal, type Job, type JobEvent, type Standing } from './job.ts';

const minute = 60_000;
const hour = 60 * minute;

/** How long a job may stay where it is before it expires, or before the relay's silence is called unconfirmed. */
export const patience: Record<Standing, number | undefined> = {
  'pending-held/job-incoming': 24 * hour,
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

/** Work whose message may have been lost is sent again after this long, then after twice as long, and so on. */
const firstNudge: Partial<Record<Standing, number>> = {
  'pending/job-queued': minute,
  'processing/job-transforming': 16 * minute,
  'pending/job-fetchable': minute / 2,
};

/** When the sweep should look at a job next, milliseconds since 1970. */
export function nextDueAt(job: Job): number | undefined {
  if (isFinal(job)) return earliest(outputEnd(job), nextCallback(job));
  const end = job.since + (patience[job.standing] as number);
  const nudge = firstNudge[job.standing];
  return nudge ? Math.min(end, job.since + nudge * 2 ** job.nudges) : end;
}

const outputEnd = ({ output }: Job) => (output?.discardedAt ? undefined : output?.collectBy);

/** The message that has a callback told may have been lost like any other; it is not sent again for ever. */
const [callbackNudge, callbackNudges] = [5 * minute, 5];

/** Ended, with somebody still to be told of it. */
export const owesCallback = (job: Pick<Job, 'standing' | 'callback'>) =>
  isFinal(job) && job.callback !== undefined && job.callback.settledAt === undefined;

function nextCallback(job: Job): number | undefined {
  if (!owesCallback(job) || job.nudges >= callbackNudges) return undefined;
  return (job.endedAt ?? job.since) + callbackNudge * 2 ** job.nudges;
}

function earliest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** What the sweep owes a job that is due: an event to apply, its message sent again, its output discarded. */
export function dueAction(job: Job, at: number): JobEvent | 'nudge' | 'discard-output' | undefined {
  if (job.dueAt === undefined || job.dueAt > at) return undefined;
  if (isFinal(job)) return (outputEnd(job) ?? Number.POSITIVE_INFINITY) <= at ? 'discard-output' : 'nudge';
  const isOver = at >= job.since + (patience[job.standing] as number);
  if (!isOver) return 'nudge';
  return isAtRelay(job) ? { type: 'silent' } : { type: 'expired' };
}

/** The same job with its message sent again: the next look comes after twice the time. */
export function nudged(job: Job, at: number): Job {
  const next = { ...job, nudges: job.nudges + 1, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
}
