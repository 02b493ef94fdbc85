import { isFinal, type Job, type JobEvent, type Move, type ReportedEvent, type Standing, transitions } from './job.ts';
import { nextDueAt } from './job-schedule.ts';

const historyLimit = 50;

/**
 * The job after an event, or undefined when the event changes nothing: it came twice, too late, or for another
 * attempt. `version` is the store's to raise.
 */
export function applyEvent(job: Job, event: JobEvent, at: number): Job | undefined {
  const move = transitions[job.standing][event.type];
  if (!move || isStale(job, event)) return undefined;
  const standing = destination(job, event, move);
  const noted = { ...job, ...factsOf(job, event, at), standing, updatedAt: at };
  const moved = standing !== job.standing;
  const next: Job = {
    ...noted,
    since: moved ? at : job.since,
    nudges: moved ? 0 : job.nudges,
    endedAt: isFinal(noted) ? at : undefined,
    history: record(job, noted, at),
  };
  return { ...next, dueAt: nextDueAt(next) };
}

function isStale(job: Job, event: JobEvent): boolean {
  switch (event.type) {
    case 'acknowledged':
      return event.attempt !== job.attempt;
    case 'reported':
      return event.attempt !== job.attempt || event.sequence <= job.reportSequence;
    case 'preparation-step':
      return event.step === job.step;
    case 'cancel-requested':
      return job.cancelRequested === true;
    default:
      return false;
  }
}

function destination(job: Job, event: JobEvent, move: Move): Standing {
  if (move === 'stay') return job.standing;
  if (move === 'deliver') return job.printer ? 'pending/job-fetchable' : 'completed/job-completed-successfully';
  if (move === 'as-reported') return reportedStanding(event as ReportedEvent);
  return move;
}

function reportedStanding(event: ReportedEvent): Standing {
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
      return 'canceled/job-canceled-by-user';
    case 'aborted':
      return 'aborted/aborted-by-system';
  }
}

/** What an event says beside where the job goes. */
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
      return { relayId: event.relayId, receivedAt: job.receivedAt ?? at };
    case 'reported':
      return {
        reportSequence: event.sequence,
        reasons: event.reasons.filter(reason => !reportedStanding(event).endsWith(`/${reason}`)),
        message: event.message,
      };
    case 'cancel-requested':
      return unconfirmedCancel(job);
    case 'resolved-printed':
      return { message: 'Confirmed as printed by a person.', reasons: [] };
    case 'resolved-reprint':
      return { attempt: job.attempt + 1, reportSequence: 0, message: undefined, reasons: [], relayId: undefined };
    case 'silent':
      return { message: 'The relay has not been heard of since it took the job. It may have printed.' };
    case 'expired':
      return { reasons: [...job.reasons, ...expiryReasons(job)], message: job.message ?? expiryMessage(job) };
  }
}

/** A cancelled job that may be on paper already says so for ever. */
function unconfirmedCancel(job: Job): Partial<Job> {
  const mayHavePrinted = job.standing === 'processing-stopped/delivery-unconfirmed';
  return { cancelRequested: true, ...(mayHavePrinted ? { reasons: ['delivery-unconfirmed'] } : {}) };
}

function expiryReasons(job: Job): string[] {
  const mayHavePrinted = job.standing === 'processing-stopped/delivery-unconfirmed';
  return mayHavePrinted ? ['delivery-unconfirmed'] : ['expired'];
}

function expiryMessage(job: Job): string {
  const messages: Partial<Record<Standing, string>> = {
    'pending-held/job-incoming': 'The document never arrived.',
    'pending/job-queued': 'The document was not prepared in time.',
    'processing/job-transforming': 'Preparing the document took too long.',
    'pending/job-fetchable': 'No relay fetched the job in time.',
  };
  return messages[job.standing] ?? 'Nobody could say whether the job was printed. It may have printed.';
}

function record(before: Job, after: Job, at: number): Job['history'] {
  const same = before.standing === after.standing && before.reasons.join() === after.reasons.join();
  if (same) return before.history;
  return [...before.history, { at, standing: after.standing, reasons: after.reasons }].slice(-historyLimit);
}
