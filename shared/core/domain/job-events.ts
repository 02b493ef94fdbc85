import { isRenewal, mayHaveBegun } from './grant.ts';
import {
  type HistoryEntry,
  isAtRelay,
  isFinal,
  type Job,
  type JobEvent,
  type Move,
  type ReportedEvent,
  type Standing,
  transitions,
} from './job.ts';
import { deadlineMessage, hasExpiredInSilence, hasPassedDeadline, hasPrinted, nextDueAt } from './job-schedule.ts';

const historyLimit = 50;
/** characters of a message in the history */
const messageLimit = 200;

/**
 * The job after an event; undefined if the event changes nothing: it is a repeat, late, or for another attempt. The
 * store raises `version`.
 */
export function applyEvent(job: Job, event: JobEvent, at: number): Job | undefined {
  const move = transitions[job.standing][event.type];
  if (!move || isStale(job, event, at)) return undefined;
  const standing = destination(job, event, move, at);
  const noted = { ...job, ...factsOf(job, event, at), standing, updatedAt: at };
  const moved = standing !== job.standing;
  const next: Job = {
    ...noted,
    since: moved ? at : job.since,
    nudges: moved || event.type === 'cancel-requested' ? 0 : job.nudges,
    endedAt: isFinal(noted) ? at : undefined,
    history: record(job, noted, event, at),
  };
  return { ...next, dueAt: nextDueAt(next) };
}

function isStale(job: Job, event: JobEvent, at: number): boolean {
  switch (event.type) {
    case 'acknowledged':
      return event.attempt !== job.attempt || (isTaken(job) && !isRenewal(job, event.relayId, event.ask, at));
    case 'delayed':
      return job.reasons.join() === event.reasons.join() && job.message === event.message;
    case 'doubted':
      return job.doubtedAt !== undefined;
    case 'expiry-requested':
      return job.isExpiring === true;
    case 'reported':
      // what is on paper is on paper, whichever copy of a relay says so
      return event.attempt !== job.attempt || (event.sequence <= job.reportSequence && event.state !== 'completed');
    case 'preparation-step':
      return event.step === job.step;
    case 'cancel-requested':
      return job.cancelRequested === true;
    case 'released':
      return job.hold === undefined;
    case 'superseded':
      return isAtRelay(job) && mayHaveBegun(job);
    case 'dropped':
      return job.isExpiring === true || hasPrinted(job);
    default:
      return false;
  }
}

/** A relay holds the job, or held it when it became unconfirmed. */
const isTaken = (job: Job) => job.standing !== 'pending/job-fetchable';

function destination(job: Job, event: JobEvent, move: Move, at: number): Standing {
  if (move === 'stay') return job.standing;
  if (move === 'deliver') return deliveredStanding(job);
  if (move === 'as-reported') return reportedStanding(job, event as ReportedEvent);
  if (move === 'resume')
    return hasExpiredInSilence(job, at) ? 'aborted/aborted-by-system' : 'processing/queued-in-device';
  if (move === 'ask') return job.hold ? 'pending-held/job-hold-until-specified' : job.standing;
  if (typeof move === 'string') return move;
  const chosen = mayHaveBegun(job) ? move.ifBegun : move.else;
  return chosen === 'stay' ? job.standing : chosen;
}

function deliveredStanding(job: Job): Standing {
  if (!job.printer) return 'completed/job-completed-successfully';
  return job.hold ? 'pending-held/job-hold-until-specified' : 'pending/job-fetchable';
}

function reportedStanding(job: Job, event: ReportedEvent): Standing {
  switch (event.state) {
    case 'processing':
      return event.reasons.includes('job-printing') ? 'processing/job-printing' : 'processing/queued-in-device';
    case 'processing-stopped':
      return event.reasons.includes('delivery-unconfirmed')
        ? 'processing-stopped/delivery-unconfirmed'
        : 'processing-stopped/printer-stopped';
    case 'completed':
      return 'completed/job-completed-successfully';
    case 'canceled':
      return job.isExpiring ? 'aborted/aborted-by-system' : 'canceled/job-canceled-by-user';
    case 'aborted':
      return 'aborted/aborted-by-system';
  }
}

/** What an event changes besides the standing. */
function factsOf(job: Job, event: JobEvent, at: number): Partial<Job> {
  switch (event.type) {
    case 'document-received':
      return { source: { kind: 'ready', document: event.document }, document: event.document };
    case 'preparation-step':
      return { step: event.step };
    case 'prepared':
      return {
        document: event.document,
        pageCount: event.pageCount ?? job.pageCount,
        warnings: event.warnings,
        output: job.output && { ...job.output, collectBy: at + job.output.keepMilliseconds },
        step: undefined,
      };
    case 'failed':
      return { reasons: [event.reason], error: event.code, message: event.message };
    case 'acknowledged':
      return acknowledgement(job, event, at);
    case 'delayed':
      return { reasons: event.reasons, message: event.message };
    case 'reported':
      return reportedFacts(job, event);
    case 'cancel-requested':
      return { ...unconfirmedCancel(job), ...(event.message ? { message: event.message } : {}) };
    case 'superseded':
      return { supersededBy: event.by, message: `Replaced by the newer job ${event.by}.` };
    case 'released':
      return { hold: undefined, reasons: [], message: undefined, ...(event.actor ? { isReleased: true } : {}) };
    case 'held':
      // it moves when its relay asks, which shows that nothing was printed
      if (isAtRelay(job) && mayHaveBegun(job)) return { hold: {}, message: event.message };
      return { hold: {}, reasons: [], message: event.message, relayId: undefined, doubtedAt: undefined };
    case 'restored':
      return isAtRelay(job) || job.standing === 'pending/job-fetchable' ? inDoubt(job, event.message) : { hold: {} };
    case 'dropped':
      return isAtRelay(job) && mayHaveBegun(job)
        ? { cancelRequested: true, isExpiring: true, dropMessage: event.message }
        : dropped(event.message);
    case 'doubted':
      return { doubtedAt: at };
    case 'lost': {
      const grant = job.grant && { ...job.grant, isLost: true };
      return { ...withdrawn(job, event.message), ...(mayHaveBegun(job) ? { grant } : {}) };
    }
    case 'handed-over':
      return withdrawn(job, event.message);
    case 'expiry-requested':
      return mayHaveBegun(job) ? { cancelRequested: true, isExpiring: true } : expired(job);
    case 'resolved-printed':
      return { message: 'Confirmed as printed by a person.', reasons: [] };
    case 'resolved-reprint':
      return { ...nextAttempt, attempt: job.attempt + 1 };
    case 'silent':
      return mayHaveBegun(job)
        ? { message: 'The relay has not reported since it acknowledged the job. The job may have been printed.' }
        : expired(job);
    case 'expired':
      return { reasons: [...job.reasons, ...expiryReasons(job)], message: expiryMessage(job, at) };
  }
}

/** The relay that holds it will not print it: it goes back, or is in doubt. */
const withdrawn = (job: Job, message: string): Partial<Job> => ({
  reasons: [],
  doubtedAt: undefined,
  ...(mayHaveBegun(job) ? { message } : { message: undefined, relayId: undefined }),
});

/** Its relay receives no permission for this attempt, whatever it asks; what it reports counts. */
const inDoubt = ({ grant }: Job, message: string): Partial<Job> => ({
  message,
  reasons: [],
  doubtedAt: undefined,
  grant: grant && { ...grant, ask: Number.MAX_SAFE_INTEGER },
});

const nextAttempt: Partial<Job> = {
  reportSequence: 0,
  message: undefined,
  reasons: [],
  relayId: undefined,
  grant: undefined,
  cancelRequested: undefined,
  // who asks for a reprint wants it now
  expiresAt: undefined,
  printBefore: undefined,
};

function acknowledgement(job: Job, event: Extract<JobEvent, { type: 'acknowledged' }>, at: number): Partial<Job> {
  const { relayId, ask } = event;
  const grant = ask && { instance: ask.instance, ask: ask.ask, at, isBegun: !ask.waits };
  if (job.standing === 'processing-stopped/delivery-unconfirmed' && hasExpiredInSilence(job, at))
    return expiredUnprinted;
  const taken = { relayId, grant: grant ?? job.grant, receivedAt: job.receivedAt ?? at, doubtedAt: undefined };
  if (isAtRelay(job) && job.hold) return { ...taken, relayId: undefined, reasons: [] };
  return isAtRelay(job) ? taken : { ...taken, reasons: [], message: undefined };
}

function reportedFacts(job: Job, event: ReportedEvent): Partial<Job> {
  const standing = reportedStanding(job, event);
  const noted: Partial<Job> = { reportSequence: Math.max(event.sequence, job.reportSequence), doubtedAt: undefined };
  if (event.warnings) noted.warnings = [...new Set([...(job.warnings ?? []), ...event.warnings])];
  if (job.isExpiring && event.state === 'canceled') return { ...noted, ...expired(job) };
  const reasons = event.reasons.filter(reason => !standing.endsWith(`/${reason}`));
  return { ...noted, reasons, message: event.message };
}

const expiredUnprinted: Partial<Job> = {
  reasons: ['expired'],
  message: 'The job expired before its printer could print it. Nothing was printed.',
};

const dropped = (message: string): Partial<Job> => ({ reasons: ['expired', 'backlog-dropped'], message });

function expired(job: Job): Partial<Job> {
  if (job.dropMessage !== undefined) return dropped(job.dropMessage);
  return { reasons: ['expired'], message: endMessage(job) };
}

function endMessage(job: Job): string | undefined {
  if (hasPrinted(job)) return 'The job expired before its printer could finish it. Some of its pages may be out.';
  const hasDeadline = job.expiresAt !== undefined || job.printBefore !== undefined;
  return hasDeadline ? deadlineMessage(job) : expiredUnprinted.message;
}

/** A canceled job that may have been printed keeps that reason. */
function unconfirmedCancel(job: Job): Partial<Job> {
  const mayHavePrinted = job.standing === 'processing-stopped/delivery-unconfirmed';
  return { cancelRequested: true, ...(mayHavePrinted ? { reasons: ['delivery-unconfirmed'] } : {}) };
}

function expiryReasons(job: Job): string[] {
  const mayHavePrinted = job.standing === 'processing-stopped/delivery-unconfirmed';
  return mayHavePrinted ? ['delivery-unconfirmed'] : ['expired'];
}

function expiryMessage(job: Job, at: number): string {
  if (hasPassedDeadline(job, at)) return deadlineMessage(job);
  if (job.message) return job.message;
  const messages: Partial<Record<Standing, string>> = {
    'pending-held/job-incoming': 'The document was not uploaded in time.',
    'pending/job-queued': 'The document was not prepared in time.',
    'processing/job-transforming': 'Preparing the document took too long.',
    'pending/job-fetchable': 'No relay fetched the job in time.',
    'pending-held/job-hold-until-specified': 'The job was held and not released in time.',
  };
  return messages[job.standing] ?? 'It is unknown whether the job was printed. It may have been printed.';
}

/** What a person asked for is recorded even if the job stays as it is. */
function record(before: Job, after: Job, event: JobEvent, at: number): Job['history'] {
  const actor = 'actor' in event ? event.actor : undefined;
  const isSame = before.standing === after.standing && before.reasons.join() === after.reasons.join();
  if (isSame && actor === undefined) return before.history;
  const said = 'message' in event ? event.message : undefined;
  const message = said ?? requests[event.type] ?? (after.message === before.message ? undefined : after.message);
  const entry: HistoryEntry = { at, standing: after.standing, reasons: after.reasons };
  if (message) entry.message = message.slice(0, messageLimit);
  if (actor !== undefined) entry.actor = actor;
  return [...before.history, entry].slice(-historyLimit);
}

const requests: Partial<Record<JobEvent['type'], string>> = {
  'cancel-requested': 'A cancellation was requested.',
  released: 'Released from its hold.',
  'resolved-printed': 'Confirmed as printed.',
  'resolved-reprint': 'Not confirmed: printed again.',
};
