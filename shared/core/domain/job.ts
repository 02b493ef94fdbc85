import type { Compression, StoredDocument } from './document.ts';
import type { PrintErrorCode } from './errors.ts';
import type { Ask, Grant } from './grant.ts';
import type { CompanyId, JobId, RelayId } from './ids.ts';
import type { JobTemplate } from './job-template.ts';
import type { PrinterName, UnconfirmedPolicy } from './printer.ts';

/*
 * The life of a job. A standing is an IPP state with the one reason that decides what may follow. `transitions` holds
 * every move between standings; `applyEvent` is the only function that writes a job's state. Stores save its result
 * only if the stored version is still the one it started from, so of two concurrent writers one fails, and applies its
 * event again to the stored job.
 *
 * Invariants:
 *  - a final job (canceled, aborted, completed) never changes state again;
 *  - `attempt` increases only by a resolution that requests a reprint, never by a timer;
 *  - a relay's report counts only for the current attempt, and only if its sequence number is new.
 */

export type Standing =
  | 'pending-held/job-incoming'
  | 'pending-held/job-hold-until-specified'
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

export const contracts = ['platen', 'scriptx', 'pdfco', 'cirrusprint'] as const;
export type Contract = (typeof contracts)[number];

/** Progress of the `prepare` step, shown to ScriptX clients. */
export type PreparationStep = 'starting' | 'downloading' | 'downloaded' | 'rendering' | 'rendering-pdf';

/**
 * Where the octets to print come from. `ready` needs no preparation. `stored` is as the client sent it, in segments or
 * compressed, and has to be read once: to decompress, measure and sniff it. `conversion` is a request, stored as JSON,
 * for a document that has to be produced.
 */
export type DocumentSource =
  | { kind: 'ready'; document: StoredDocument }
  | { kind: 'stored'; key: string; compression?: Compression; sha256?: string }
  /** `sharedBy`: all jobs that wait for the result */
  | { kind: 'conversion'; key: string; sharedBy: JobId[] };

/** A document that is produced for download instead of printing, and its status. */
export interface Output {
  fileName: string;
  /** how long it can be collected, from when it is ready */
  keepMilliseconds: number;
  /** can be collected once, and is deleted soon after */
  once: boolean;
  /** several files: the document is their list, see `output-file.ts` */
  isList?: boolean;
  /** returned as base64 text */
  isBase64?: boolean;
  /** milliseconds since 1970, as are all times below */
  collectBy?: number;
  collectedAt?: number;
  discardedAt?: number;
}

/** An address to notify when the job has ended. */
export interface Callback {
  url: string;
  /** `https://host`, as the client addresses the service: the callback contains addresses below it */
  origin: string;
  /** delivered or abandoned; milliseconds since 1970 */
  settledAt?: number;
}

/** A job that is not to be printed yet. */
export interface Hold {
  /** released by then; without it by a person */
  until?: number;
}

export interface HistoryEntry {
  at: number;
  standing: Standing;
  reasons: string[];
  message?: string;
  /** the name of the key that asked for it */
  actor?: string;
}

export interface Job {
  id: JobId;
  companyId: CompanyId;
  contract: Contract;
  /** absent if the document is produced for download only */
  printer?: PrinterName;
  /** position in the printer's order of acceptance, from 1; 0 without a printer */
  sequence: number;
  /** job-name, for people */
  name: string;
  /** whose print it is, in the client's own words */
  user?: string;
  /** the client's own words to find the job by */
  tags?: string[];
  /** the job that this one prints again, or that was moved here */
  copyOf?: JobId;
  /** the client's key of what this document is about: a newer job with the key replaces an older one */
  supersedes?: string;
  /** the newer job that replaced this one */
  supersededBy?: JobId;
  /** held when its document is ready, until it is released or the time has come */
  hold?: Hold;
  /** ends the job if it has not begun to print */
  expiresAt?: number;
  /** as `expiresAt`, for a document that is worthless later */
  printBefore?: number;
  source: DocumentSource;
  /** the document for the printer or the client, once it is ready */
  document?: StoredDocument;
  pageCount?: number;
  /** sentences about what may look different than expected */
  warnings?: string[];
  output?: Output;
  callback?: Callback;
  /** credits charged when the document is ready; none if absent */
  credits?: number;
  template: JobTemplate;
  /** the client's own properties, returned unchanged */
  properties: Record<string, string>;
  unconfirmedPolicy: UnconfirmedPolicy;
  standing: Standing;
  /** IPP keywords in addition to the standing's: `media-empty`, `document-format-error`, `expired` ... */
  reasons: string[];
  message?: string;
  /** why the document could not be produced, as a synchronous caller sees it */
  error?: PrintErrorCode;
  step?: PreparationStep;
  attempt: number;
  /** highest sequence number of the accepted reports of this attempt */
  reportSequence: number;
  relayId?: RelayId;
  /** the relay's last permission to print; kept when the job goes back, as its numbers must not be used again */
  grant?: Grant;
  /** when an instance of the relay did not know the job; milliseconds since 1970, cleared by the next report */
  doubtedAt?: number;
  cancelRequested?: boolean;
  /** its cancel was requested because the job expired */
  isExpiring?: boolean;
  /** why it is dropped, in a sentence */
  dropMessage?: string;
  /** a person released it from a hold */
  isReleased?: boolean;
  submittedAt: number;
  /** when the current standing began */
  since: number;
  /** first acknowledgement by a relay */
  receivedAt?: number;
  endedAt?: number;
  updatedAt: number;
  /** when the sweep must look at the job next; absent on final jobs whose output does not expire */
  dueAt?: number;
  /** how often the sweep has resent the message of this standing */
  nudges: number;
  history: HistoryEntry[];
  version: number;
}

export type JobEvent =
  | { type: 'document-received'; document: StoredDocument }
  | { type: 'preparation-step'; step: PreparationStep }
  | { type: 'prepared'; document: StoredDocument; pageCount?: number; warnings?: string[] }
  /** the document is unavailable or cannot be printed; `reason` is an IPP keyword */
  | { type: 'failed'; reason: string; code?: PrintErrorCode; message: string }
  | { type: 'acknowledged'; relayId: RelayId; attempt: number; ask?: Ask }
  /** the relay cannot take the job at present */
  | { type: 'delayed'; reasons: string[]; message?: string }
  | ReportedEvent
  | { type: 'cancel-requested'; message?: string; actor?: string }
  | { type: 'superseded'; by: JobId }
  /** by the printer's policy for jobs that waited while it was away */
  | { type: 'held'; message: string }
  | { type: 'dropped'; message: string }
  | { type: 'released'; actor?: string }
  | { type: 'resolved-printed'; actor?: string }
  | { type: 'resolved-reprint'; actor?: string }
  /** the relay that holds the job has not reported for too long */
  | { type: 'silent' }
  /** an instance of the relay does not know the job that another one holds */
  | { type: 'doubted' }
  /** the relay that held the job cannot say what became of it */
  | { type: 'lost'; message: string }
  /** the location's other relay took over from the one that holds the job, which may still report */
  | { type: 'handed-over'; message: string }
  /** our data and its relay's went back in time, so that both do not know what was printed since */
  | { type: 'restored'; message: string }
  /** a job held by a connected relay has expired: the relay is asked to end it */
  | { type: 'expiry-requested' }
  | { type: 'expired' };

export interface ReportedEvent {
  type: 'reported';
  attempt: number;
  sequence: number;
  state: 'processing' | 'processing-stopped' | 'completed' | 'canceled' | 'aborted';
  reasons: string[];
  message?: string;
  warnings?: string[];
}

export type JobEventType = JobEvent['type'];

/**
 * `deliver`: make it fetchable, held or collectable. `as-reported`: as the relay reports. `stay`: record only. `ifBegun`: a
 * relay that has not begun to print has to ask first; it is then refused, so nothing can be printed. `resume`: a relay that
 * was silent asks for permission, so nothing was printed: it goes on, unless the job has expired. `ask`: the same of a
 * relay that was heard; it goes on, unless the job is to be held.
 */
export type Move =
  | Standing
  | 'deliver'
  | 'as-reported'
  | 'resume'
  | 'ask'
  | 'stay'
  | { ifBegun: Standing | 'stay'; else: Standing };

const atRelay: Partial<Record<JobEventType, Move>> = {
  acknowledged: 'ask',
  reported: 'as-reported',
  'cancel-requested': { ifBegun: 'stay', else: 'canceled/job-canceled-by-user' },
  superseded: { ifBegun: 'stay', else: 'canceled/job-canceled-by-user' },
  doubted: 'stay',
  restored: 'processing-stopped/delivery-unconfirmed',
  lost: { ifBegun: 'processing-stopped/delivery-unconfirmed', else: 'pending/job-fetchable' },
  'handed-over': { ifBegun: 'processing-stopped/delivery-unconfirmed', else: 'pending/job-fetchable' },
  held: { ifBegun: 'stay', else: 'pending-held/job-hold-until-specified' },
  dropped: { ifBegun: 'stay', else: 'aborted/aborted-by-system' },
  'expiry-requested': { ifBegun: 'stay', else: 'aborted/aborted-by-system' },
  silent: { ifBegun: 'processing-stopped/delivery-unconfirmed', else: 'aborted/aborted-by-system' },
};

const beforeRelay: Partial<Record<JobEventType, Move>> = {
  failed: 'aborted/aborted-by-system',
  'cancel-requested': 'canceled/job-canceled-by-user',
  superseded: 'canceled/job-canceled-by-user',
  released: 'stay',
  restored: 'stay',
  expired: 'aborted/aborted-by-system',
};

/** All transitions. An event without an entry leaves the job unchanged. */
export const transitions: Record<Standing, Partial<Record<JobEventType, Move>>> = {
  'pending-held/job-incoming': { ...beforeRelay, 'document-received': 'deliver' },
  'pending-held/job-hold-until-specified': {
    released: 'pending/job-fetchable',
    restored: 'stay',
    'cancel-requested': 'canceled/job-canceled-by-user',
    superseded: 'canceled/job-canceled-by-user',
    expired: 'aborted/aborted-by-system',
  },
  'pending/job-queued': { ...beforeRelay, 'preparation-step': 'processing/job-transforming', prepared: 'deliver' },
  'processing/job-transforming': {
    ...beforeRelay,
    'preparation-step': 'processing/job-transforming',
    prepared: 'deliver',
  },
  'pending/job-fetchable': {
    ...beforeRelay,
    acknowledged: 'processing/queued-in-device',
    delayed: 'stay',
    held: 'pending-held/job-hold-until-specified',
    restored: 'processing-stopped/delivery-unconfirmed',
    dropped: 'aborted/aborted-by-system',
  },
  'processing/queued-in-device': atRelay,
  'processing/job-printing': atRelay,
  'processing-stopped/printer-stopped': atRelay,
  'processing-stopped/delivery-unconfirmed': {
    reported: 'as-reported',
    acknowledged: 'resume',
    'resolved-printed': 'completed/job-completed-successfully',
    'resolved-reprint': 'pending/job-fetchable',
    'cancel-requested': 'canceled/job-canceled-by-user',
    expired: 'aborted/aborted-by-system',
  },
  'completed/job-completed-successfully': {},
  'canceled/job-canceled-by-user': {},
  'aborted/aborted-by-system': {},
};

export const stateOf = (job: Pick<Job, 'standing'>) => job.standing.split('/')[0] as JobState;
export const allReasonsOf = (job: Pick<Job, 'standing' | 'reasons'>) => [
  job.standing.split('/')[1] as string,
  ...job.reasons,
];

export function isFinal(job: Pick<Job, 'standing'>): boolean {
  return Object.keys(transitions[job.standing]).length === 0;
}

/** Not yet acknowledged by a relay, nor held: the job has its place in the printer's order. */
export function isWaiting(job: Pick<Job, 'standing' | 'printer'>): boolean {
  return job.printer !== undefined && 'failed' in transitions[job.standing];
}

/** Its document has not been produced yet. */
export const isUnprepared = (job: Pick<Job, 'standing'>) => 'prepared' in transitions[job.standing];

/** Acknowledged and not ended: only the relay's reports, or a timeout, change it. */
export const isAtRelay = (job: Pick<Job, 'standing'>) => transitions[job.standing] === atRelay;

/** The jobs at the front of a printer's order that a relay may fetch: up to the first that is not ready. */
export function readyPrefix(waiting: Job[]): Job[] {
  const firstUnready = waiting.findIndex(job => job.standing !== 'pending/job-fetchable');
  return firstUnready < 0 ? waiting : waiting.slice(0, firstUnready);
}
