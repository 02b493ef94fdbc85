import type { Compression, StoredDocument } from './document.ts';
import type { PrintErrorCode } from './errors.ts';
import type { CompanyId, JobId, RelayId } from './ids.ts';
import type { JobTemplate } from './job-template.ts';
import type { PrinterName, UnconfirmedPolicy } from './printer.ts';

/*
 * The life of a job. A job stands somewhere: its IPP state and the one reason that says where in that state
 * ("standing"). `transitions` holds every move between standings; `applyEvent` is the only function that writes a
 * job's state. Stores save what it returns on the condition that the version it started from is still there, so
 * two writers cannot both win, and the loser applies its event to what the winner left.
 *
 * Always true:
 *  - a final job (canceled, aborted, completed) never changes state again;
 *  - `attempt` rises only by a resolution that asks for a reprint, never by a timer;
 *  - a relay's word counts only for the current attempt, and only when its sequence number is new.
 */

export type Standing =
  | 'pending-held/job-incoming'
  | 'pending/job-queued'
  | 'processing/job-transforming'
  | 'pending/job-fetchable'
  | 'processing/queued-in-device'
  | 'processing/job-printing'
  | 'processing-stopped/printer-stopped'
  | 'processing-stopped/delivery-unconfirmed'
  | 'completed/job-completed-successfully'
  | 'canceled/job-canceled-by-user'
  | 'aborted/aborted-by-system';

export type JobState =
  | 'pending-held'
  | 'pending'
  | 'processing'
  | 'processing-stopped'
  | 'canceled'
  | 'aborted'
  | 'completed';

export type Contract = 'scriptx' | 'pdfco' | 'cirrusprint' | 'platen';

/** What the `prepare` step is busy with; ScriptX clients are shown it. */
export type PreparationStep = 'starting' | 'downloading' | 'downloaded' | 'rendering' | 'rendering-pdf';

/**
 * Where the bytes to print come from. `ready` needs no preparation. `stored` stands as the client sent it, in segments
 * or compressed, and has to be read through once: to be inflated, measured and sniffed. `conversion` is a request, kept
 * as JSON, for a document that has to be made.
 */
export type DocumentSource =
  | { kind: 'ready'; document: StoredDocument }
  | { kind: 'stored'; key: string; compression?: Compression; sha256?: string }
  /** `sharedBy`: all jobs that wait for what is made of it */
  | { kind: 'conversion'; key: string; sharedBy: JobId[] };

/** A document made to be collected by a client instead of printed, and what became of it. */
export interface Output {
  fileName: string;
  /** how long it waits to be collected, from when it stands */
  keepMilliseconds: number;
  /** one collection is all: it goes soon after, and cannot be had again */
  once: boolean;
  /** several files, and the document is the list of them; see `output-file.ts` */
  isList?: boolean;
  /** collected as text, in base64 */
  isBase64?: boolean;
  /** milliseconds since 1970 from here on down */
  collectBy?: number;
  collectedAt?: number;
  discardedAt?: number;
}

/** An address that is told when the job has ended. */
export interface Callback {
  url: string;
  /** `https://host`, as the client knows us: what it is told holds addresses */
  origin: string;
  /** told, or given up; milliseconds since 1970 */
  settledAt?: number;
}

export interface Job {
  id: JobId;
  companyId: CompanyId;
  contract: Contract;
  /** absent when the document is made to be collected only */
  printer?: PrinterName;
  /** the printer's order of acceptance, from 1; 0 without a printer */
  sequence: number;
  /** job-name, for people */
  name: string;
  source: DocumentSource;
  /** what goes to the printer or the client, once it stands */
  document?: StoredDocument;
  pageCount?: number;
  /** sentences about what may not look as expected */
  warnings?: string[];
  output?: Output;
  callback?: Callback;
  /** what the company's ledger is charged when the document stands; nothing when absent */
  credits?: number;
  template: JobTemplate;
  /** what the client gave, to be shown again in its own words */
  properties: Record<string, string>;
  unconfirmedPolicy: UnconfirmedPolicy;
  standing: Standing;
  /** IPP keywords beside the standing's own: `media-empty`, `document-format-error`, `expired` ... */
  reasons: string[];
  message?: string;
  /** why the document could not be made, as the same failure is told to a caller who waits */
  error?: PrintErrorCode;
  step?: PreparationStep;
  attempt: number;
  /** the highest report of this attempt that counted */
  reportSequence: number;
  relayId?: RelayId;
  cancelRequested?: boolean;
  submittedAt: number;
  /** when the present standing began */
  since: number;
  /** first acknowledgement by a relay */
  receivedAt?: number;
  endedAt?: number;
  updatedAt: number;
  /** when the sweep looks at it next; absent on final jobs whose output needs no ending */
  dueAt?: number;
  /** how often the sweep sent its message again in this standing */
  nudges: number;
  history: { at: number; standing: Standing; reasons: string[] }[];
  version: number;
}

export type JobEvent =
  | { type: 'document-received'; document: StoredDocument }
  | { type: 'preparation-step'; step: PreparationStep }
  | { type: 'prepared'; document: StoredDocument; pageCount?: number; warnings?: string[] }
  /** the document cannot be had or cannot be printed; reason is an IPP keyword */
  | { type: 'failed'; reason: string; code?: PrintErrorCode; message: string }
  | { type: 'acknowledged'; relayId: RelayId; attempt: number }
  | ReportedEvent
  | { type: 'cancel-requested' }
  | { type: 'resolved-printed' }
  | { type: 'resolved-reprint' }
  /** the relay that holds the job has said nothing for too long */
  | { type: 'silent' }
  | { type: 'expired' };

export interface ReportedEvent {
  type: 'reported';
  attempt: number;
  sequence: number;
  state: 'processing' | 'processing-stopped' | 'completed' | 'canceled' | 'aborted';
  reasons: string[];
  message?: string;
}

export type JobEventType = JobEvent['type'];

/** `deliver`: to the relay's reach, or to be collected. `as-reported`: where the relay says. `stay`: a note, no move. */
type Move = Standing | 'deliver' | 'as-reported' | 'stay';

const atRelay: Partial<Record<JobEventType, Move>> = {
  reported: 'as-reported',
  'cancel-requested': 'stay',
  silent: 'processing-stopped/delivery-unconfirmed',
};

const beforeRelay: Partial<Record<JobEventType, Move>> = {
  failed: 'aborted/aborted-by-system',
  'cancel-requested': 'canceled/job-canceled-by-user',
  expired: 'aborted/aborted-by-system',
};

/** Every transition there is. An event that has no entry leaves the job as it was. */
export const transitions: Record<Standing, Partial<Record<JobEventType, Move>>> = {
  'pending-held/job-incoming': { ...beforeRelay, 'document-received': 'deliver' },
  'pending/job-queued': { ...beforeRelay, 'preparation-step': 'processing/job-transforming', prepared: 'deliver' },
  'processing/job-transforming': {
    ...beforeRelay,
    'preparation-step': 'processing/job-transforming',
    prepared: 'deliver',
  },
  'pending/job-fetchable': { ...beforeRelay, acknowledged: 'processing/queued-in-device' },
  'processing/queued-in-device': atRelay,
  'processing/job-printing': atRelay,
  'processing-stopped/printer-stopped': atRelay,
  'processing-stopped/delivery-unconfirmed': {
    reported: 'as-reported',
    'resolved-printed': 'completed/job-completed-successfully',
    'resolved-reprint': 'pending/job-fetchable',
    'cancel-requested': 'canceled/job-canceled-by-user',
    expired: 'aborted/aborted-by-system',
  },
  'completed/job-completed-successfully': {},
  'canceled/job-canceled-by-user': {},
  'aborted/aborted-by-system': {},
};

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

const historyLimit = 50;

export const stateOf = (job: Pick<Job, 'standing'>) => job.standing.split('/')[0] as JobState;
export const allReasonsOf = (job: Pick<Job, 'standing' | 'reasons'>) => [
  job.standing.split('/')[1] as string,
  ...job.reasons,
];

export function isFinal(job: Pick<Job, 'standing'>): boolean {
  return Object.keys(transitions[job.standing]).length === 0;
}

/** In the cloud's hands still: not acknowledged by a relay, so that it holds its place in the printer's order. */
export function isWaiting(job: Pick<Job, 'standing' | 'printer'>): boolean {
  return job.printer !== undefined && 'failed' in transitions[job.standing];
}

/** Its document has still to be made. */
export const isUnprepared = (job: Pick<Job, 'standing'>) => 'prepared' in transitions[job.standing];

/** Acknowledged and not ended: only the relay's word, or its long silence, moves it. */
export const isAtRelay = (job: Pick<Job, 'standing'>) => transitions[job.standing] === atRelay;

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

/** Notes that the callback was told, or that nobody could be. */
export function callbackSettled(job: Job, at: number): Job | undefined {
  if (!job.callback || job.callback.settledAt) return undefined;
  const next = { ...job, callback: { ...job.callback, settledAt: at }, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
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

/** Whether an output stands ready for its client, at this moment. */
export function isCollectable({ output, document }: Pick<Job, 'output' | 'document'>, at: number): boolean {
  return document !== undefined && output?.collectBy !== undefined && !output.discardedAt && at < output.collectBy;
}

/** Marks an output as collected by its client; undefined when it is not there, or was collected before. */
export function collected(job: Job, at: number): Job | undefined {
  if (!job.output || job.output.collectedAt || !isCollectable(job, at)) return undefined;
  // one grace for browsers and download managers that ask twice, then the document goes
  const collectBy = job.output.once ? at + collectedGrace : job.output.collectBy;
  const output = { ...job.output, collectedAt: at, collectBy };
  const next = { ...job, output, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
}

const collectedGrace = 15 * minute;

/** Notes that an output is gone; the job stays completed, and its contract tells whether anybody ever fetched it. */
export function outputDiscarded(job: Job, at: number): Job {
  const next = { ...job, output: job.output && { ...job.output, discardedAt: at }, updatedAt: at };
  return { ...next, dueAt: nextDueAt(next) };
}

/** The jobs from the front of a printer's order that a relay may have: up to the first that is not ready. */
export function readyPrefix(waiting: Job[]): Job[] {
  const firstUnready = waiting.findIndex(job => job.standing !== 'pending/job-fetchable');
  return firstUnready < 0 ? waiting : waiting.slice(0, firstUnready);
}
