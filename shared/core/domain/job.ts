import type { Compression, StoredDocument } from './document.ts';
import type { PrintErrorCode } from './errors.ts';
import type { Ask, Grant } from './grant.ts';
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
  /** the relay's last permission to print; kept when the job goes back, as its numbers must not be used again */
  grant?: Grant;
  /** when an instance of the relay did not know the job; milliseconds since 1970, cleared by the next report */
  doubtedAt?: number;
  cancelRequested?: boolean;
  /** its cancel was requested because its time is over */
  isExpiring?: boolean;
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
  | { type: 'acknowledged'; relayId: RelayId; attempt: number; ask?: Ask }
  /** the relay cannot take the job at present */
  | { type: 'delayed'; reasons: string[]; message?: string }
  | ReportedEvent
  | { type: 'cancel-requested' }
  | { type: 'resolved-printed' }
  | { type: 'resolved-reprint' }
  /** the relay that holds the job has said nothing for too long */
  | { type: 'silent' }
  /** an instance of the relay does not know the job that another one holds */
  | { type: 'doubted' }
  /** the relay that held the job cannot say what became of it */
  | { type: 'lost'; message: string }
  /** time is over for a job that a connected relay holds: the relay is asked to end it */
  | { type: 'expiry-requested' }
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

/**
 * `deliver`: to the relay's reach, or to be collected. `as-reported`: where the relay says. `stay`: a note, no move.
 * `ifBegun`: a relay that has not begun to print has to ask first. It is refused then, so that nothing can come out.
 */
export type Move = Standing | 'deliver' | 'as-reported' | 'stay' | { ifBegun: Standing | 'stay'; else: Standing };

const atRelay: Partial<Record<JobEventType, Move>> = {
  acknowledged: 'stay',
  reported: 'as-reported',
  'cancel-requested': { ifBegun: 'stay', else: 'canceled/job-canceled-by-user' },
  doubted: 'stay',
  lost: { ifBegun: 'processing-stopped/delivery-unconfirmed', else: 'pending/job-fetchable' },
  'expiry-requested': { ifBegun: 'stay', else: 'aborted/aborted-by-system' },
  silent: { ifBegun: 'processing-stopped/delivery-unconfirmed', else: 'aborted/aborted-by-system' },
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
  'pending/job-fetchable': { ...beforeRelay, acknowledged: 'processing/queued-in-device', delayed: 'stay' },
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

/** The jobs from the front of a printer's order that a relay may have: up to the first that is not ready. */
export function readyPrefix(waiting: Job[]): Job[] {
  const firstUnready = waiting.findIndex(job => job.standing !== 'pending/job-fetchable');
  return firstUnready < 0 ? waiting : waiting.slice(0, firstUnready);
}
