import { isSuccess } from '../../shared/ipp/tags.ts';
import type { IppClient } from '../ipp-client/client.ts';
import { reasonOf } from '../ipp-client/errors.ts';
import type { DeviceTimes } from './device-options.ts';
import { askForJob, findJobs, isFinal, isIncoming, type JobView, listJobs, ownership } from './ipp-job-view.ts';
import { isOtherPrinter, isSameBoot, type PrinterView, statusAttributes, viewPrinter } from './ipp-printer-view.ts';
import { progressOf } from './ipp-progress.ts';
import type { PrintOutcome, Progress } from './output-device.ts';
import { growingPauses, pause } from './pause.ts';

/**
 * Follows a job from the last octet to its end, as the printer reports it.
 *
 * What is believed: `completed` only of a job whose document the printer said it accepted, because a printer that
 * lost the connection prints half and calls it completed too. Of any other job the best that can be learnt is that
 * it never came to the marking engine; then it was not sent, and may be sent again.
 *
 * A printer that is silent about an accepted job is asked for a day: the job may well be printing, and no other job
 * could be sent to that printer anyway. One that keeps a job and takes others lets these pass.
 */
export interface Followed {
  client: IppClient;
  times: DeviceTimes;
  token: string;
  jobId: number;
  jobUuid: string | undefined;
  /** Send-Document was answered with success */
  isAccepted: boolean;
  /** end the job and find out whether it left marks, rather than let it print */
  isWithdrawn?: boolean;
  /** the printer as it was before it took the job; absent after a crash */
  before?: PrinterView;
  /** the job as described by the answer to Send-Document */
  seen?: JobView;
  progress: (progress: Progress) => void;
  /** called when the printer keeps the job and could print others meanwhile */
  letOthersPass?: () => void;
  signal: AbortSignal;
}

export type Fate = PrintOutcome | { kind: 'not-sent'; message: string };

type Look =
  | { job: JobView; printer?: PrinterView }
  | { gone: PrinterView }
  /** the printer answers, and refuses to say anything about jobs */
  | { mute: string; printer: PrinterView }
  | { silent: Error };

export async function follow(followed: Followed): Promise<Fate> {
  const { times, signal } = followed;
  const story: Story = { last: undefined, isIncomingOnly: true, isCancelTried: false, isCancelAccepted: false };
  const pauses = growingPauses(times.pollMilliseconds);
  let look: Look = followed.seen ? { job: followed.seen } : await lookAt(followed, false);
  let heardAt = performance.now();
  let isWithdrawn = followed.isWithdrawn ?? false;
  let cancelAskedAt: number | undefined;
  const begunAt = performance.now();
  const blocking = new Blocking(followed);

  for (;;) {
    if ('gone' in look) return fateOfForgotten(followed, story, look.gone);
    if (performance.now() - begunAt > times.followMilliseconds)
      return unconfirmed(
        `the printer has not ended the job within ${Math.round(times.followMilliseconds / hour)} hours`,
      );
    if ('mute' in look) {
      followed.progress(progressOf(undefined, look.printer));
      if (performance.now() - heardAt > times.muteMilliseconds)
        return unconfirmed(`the printer does not say what became of the job: ${look.mute}`);
    } else if ('job' in look) {
      if (isFinal(look.job)) return fateOf(followed, story, look.job);
      story.last = look.job;
      story.isIncomingOnly &&= isIncoming(look.job);
      if (look.printer) followed.progress(progressOf(look.job, look.printer));
      blocking.look(look.job, look.printer);
      heardAt = performance.now();
    } else {
      const silence = performance.now() - heardAt;
      const isHopeless = !followed.isAccepted || signal.aborted;
      if (isHopeless && silence > times.silenceMilliseconds)
        return unconfirmed(`the printer is silent: ${look.silent.message}`);
      followed.progress({ state: 'processing-stopped', ...reasonOf(look.silent) });
    }

    // without its document a job waits for a time-out and may hold up all others
    isWithdrawn ||= !followed.isAccepted && 'job' in look && isIncoming(look.job);
    const isCanceling = signal.aborted || isWithdrawn;
    if (isCanceling) {
      cancelAskedAt ??= performance.now();
      story.isCancelTried = true;
      story.isCancelAccepted ||= await cancel(followed);
      if (performance.now() - cancelAskedAt > times.cancelMilliseconds)
        return unconfirmed('the printer was asked to cancel the job and has not ended it');
    }
    // a fresh abort cuts the pause short; one that was heard already must not make the loop spin
    await pause(pauses.next().value, isCanceling ? undefined : signal);
    look = await lookAt(followed, performance.now() - begunAt < shortMilliseconds);
  }
}

const hour = 60 * 60_000;
/** A short job is printed by then. How the printer is matters only if it is not. */
const shortMilliseconds = 100;

/** Watches how long a job that has not ended keeps the printer from others. */
class Blocking {
  readonly #followed: Followed;
  #heldAt: number | undefined;
  #since = performance.now();

  constructor(followed: Followed) {
    this.#followed = followed;
  }

  look(job: JobView, printer: PrinterView | undefined): void {
    const { times, letOthersPass } = this.#followed;
    const now = performance.now();
    this.#heldAt = job.state === 'pending-held' && !isIncoming(job) ? (this.#heldAt ?? now) : undefined;
    // a printer that is stopped or takes no jobs could not print the others either
    if (!printer || printer.isStopped || !printer.isAccepting) this.#since = now;
    const isHeld = this.#heldAt !== undefined && now - this.#heldAt >= times.heldMilliseconds;
    if (isHeld || now - this.#since >= times.stuckMilliseconds) letOthersPass?.();
  }
}

interface Story {
  last: JobView | undefined;
  isIncomingOnly: boolean;
  isCancelTried: boolean;
  isCancelAccepted: boolean;
}

async function lookAt(followed: Followed, isJobEnough: boolean): Promise<Look> {
  const { client, token, jobId, jobUuid, before } = followed;
  try {
    const job = await askForJob(client, jobId);
    const whose = job instanceof Error ? undefined : job && ownership(job, token, jobUuid);
    const isKnown = job && !(job instanceof Error) && whose === 'ours';
    if (isKnown && (isFinal(job) || (isJobEnough && isOnItsWay(job)))) return { job };
    if (job instanceof Error) return await lookInList(followed, job);
    const printer = await viewPrinter(client, statusAttributes);
    if (job && whose === 'ours') return { job, printer };
    // while the printer stays on, an id belongs to one job, whatever the printer made of its name
    if (job && whose === 'unproven' && before && isSameBoot(before, printer)) return { job, printer };
    const [found] = await findJobs(client, token).catch(() => []);
    const isFound = found && ownership(found, token, jobUuid) === 'ours';
    return isFound ? { job: found, printer } : { gone: printer };
  } catch (error) {
    return { silent: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Some printers refuse to be asked for a job, and list it all the same. */
async function lookInList(followed: Followed, refused: Error): Promise<Look> {
  const { client, token, jobId, jobUuid, before } = followed;
  const jobs = await listJobs(client).catch(() => []);
  // after the list: ids belong to the boot that is the same before and after them
  const printer = await viewPrinter(client, statusAttributes);
  const isOurs = (job: JobView) => ownership(job, token, jobUuid) === 'ours';
  const isById = (job: JobView) =>
    job.id === jobId && ownership(job, token, jobUuid) === 'unproven' && before && isSameBoot(before, printer);
  const found = jobs.find(isOurs) ?? jobs.find(isById);
  return found ? { job: found, printer } : { mute: refused.message, printer };
}

async function cancel({ client, jobId }: Followed): Promise<boolean> {
  const answer = await client.cancelJob(jobId).catch(() => undefined);
  return answer !== undefined && isSuccess(answer.status);
}

function fateOf(followed: Followed, story: Story, job: JobView): Fate {
  const isAskedFor = followed.signal.aborted;
  const why = [...job.reasons, job.message].filter(Boolean).join(', ');
  const message = why ? `the printer says: ${why}` : undefined;

  if (followed.isAccepted) {
    if (job.state === 'completed') return completed(job);
    if (job.state === 'canceled') return { kind: 'canceled', message };
    return { kind: 'aborted', reasons: job.reasons, message: message ?? 'the printer aborted the job' };
  }
  if (job.state === 'completed')
    return unconfirmed('the printer calls the job completed, and never said that it had the whole document');
  const isWatched = followed.before !== undefined;
  if (isAskedFor || isCanceledByPerson(job, isWatched && !story.isCancelTried)) return { kind: 'canceled', message };
  const mayHaveMarked = job.wasProcessed ?? !(story.last && story.isIncomingOnly);
  if (mayHaveMarked) return unconfirmed(`the job ended before the whole document was accepted (${why || job.state})`);
  return { kind: 'not-sent', message: `the printer ended the job before it was processed (${why || job.state})` };
}

/** With what is worth telling: `job-completed-with-warnings`, and no repetition of the state in other words. */
function completed({ reasons }: JobView): Fate {
  const news = reasons.filter(reason => reason.startsWith('job-completed-with-'));
  return news.length > 0
    ? { kind: 'completed', message: `the printer says: ${news.join(', ')}` }
    : { kind: 'completed' };
}

/** `job-canceled-by-user` may be ourselves, withdrawing the job now or before a crash; other words cannot. */
function isCanceledByPerson({ state, reasons }: JobView, isSurelyNotUs: boolean): boolean {
  const byPerson = ['job-canceled-at-device', 'job-canceled-by-operator'];
  return state === 'canceled' && (isSurelyNotUs || byPerson.some(reason => reasons.includes(reason)));
}

/**
 * Printers forget jobs, some within a minute, some as soon as they are done. A job is only forgotten after its end,
 * unless the printer was off. So, when we have watched without a break - the document accepted, the job then seen
 * on its way and not being stopped, the same printer on all the while and not stopped now - it has come out. After
 * a crash of ours there was a break: it may have been aborted, or lost with the printer's memory.
 */
function fateOfForgotten(followed: Followed, story: Story, printer: PrinterView): Fate {
  if (story.isCancelAccepted && followed.signal.aborted)
    return { kind: 'canceled', message: 'the printer took the cancel and has forgotten the job' };
  const isWatched = followed.before !== undefined && isSameBoot(followed.before, printer);
  const wasOnItsWay = story.last !== undefined && isOnItsWay(story.last);
  const isDone = followed.isAccepted && isWatched && wasOnItsWay && !isBeingStopped(story.last) && !printer.isStopped;
  if (isDone)
    return { kind: 'completed', message: 'the printer accepted the document and has since forgotten the job' };
  if (isOtherPrinter(followed.before?.uuid, printer)) return unconfirmed('another printer has the address now');
  return unconfirmed('the printer does not know the job any more');
}

const isOnItsWay = ({ state }: JobView) => state === 'pending' || state === 'processing';

function isBeingStopped(job: JobView | undefined): boolean {
  return (job?.reasons ?? []).some(reason =>
    /^(processing-to-stop-point|job-canceled-|aborted-|.*-error$)/.test(reason),
  );
}

const unconfirmed = (message: string): Fate => ({ kind: 'unconfirmed', message });
