/** A print job, as the service answers it. */
export interface ClientJob {
  id: string;
  /** `location:device`; not for a job that makes a file */
  printer?: string;
  name: string;
  /** IPP job state: `pending`, `pending-held`, `processing`, `processing-stopped`, `canceled`, `aborted`, `completed` */
  state: string;
  reasons: string[];
  /** the state in a few words, for people */
  summary: string;
  /** why, in a sentence */
  message?: string;
  /** what happens next, and until when */
  next?: string;
  /** the relay's or printer's own words, where `message` replaces them */
  detail?: string;
  user?: string;
  tags?: string[];
  /** of the call that made it: `platen`, `scriptx`, `pdfco`, `cirrusprint`; servers of 0.1.0 do not say it */
  dialect?: string;
  /** the job that this one prints again */
  copyOf?: string;
  /** the key by which a newer job replaces it, and the job that did */
  supersedes?: string;
  supersededBy?: string;
  /** when it ends if it has not begun to print */
  expiresAt?: string;
  printBefore?: string;
  /** while it is held, or will be */
  hold?: { until?: string };
  /** of a job that makes a file: `document` downloads it */
  output?: { fileName: string; collectBy?: string };
  cancelRequested?: boolean;
  attempt: number;
  octets?: number;
  format?: string;
  pageCount?: number;
  warnings?: string[];
  submittedAt: string;
  receivedAt?: string;
  endedAt?: string;
  /** `actor` is the name of the key that asked for it */
  history: { at: string; state: string; reasons: string[]; message?: string; actor?: string }[];
}

/** A job as a link shows it: without its id, its document, and the people and keys that had to do with it. */
export type ClientSharedJob = Pick<
  ClientJob,
  'printer' | 'name' | 'state' | 'reasons' | 'summary' | 'message' | 'next' | 'attempt' | 'submittedAt' | 'endedAt'
> & {
  history: Pick<ClientJob['history'][number], 'at' | 'state' | 'reasons'>[];
  /** when the link expires */
  sharedUntil: string;
};

/** The stages of a job with their times. */
export interface ClientTrace {
  id: string;
  state: string;
  submittedAt: string;
  endedAt?: string;
  /** from the submission to the end, or until now */
  milliseconds: number;
  stages: {
    stage: string;
    from: string;
    until?: string;
    milliseconds: number;
    reasons: string[];
    message?: string;
    actor?: string;
  }[];
}

/** How a document would be printed. */
export interface ClientCheck {
  format?: string;
  octets?: number;
  pageCount?: number;
  /** what is missing or doubtful in a document that was made, in sentences */
  warnings: string[];
  /** `substitutions`: what would be printed other than asked, in sentences */
  printers: { printer: string; state: string; stateReasons: string[]; substitutions: string[] }[];
}

export interface ClientPrinter {
  printer: string;
  name: string;
  active: boolean;
  notes: string;
  unconfirmedPolicy: 'ask' | 'reprint';
  /** of jobs that do not say when they expire; three days if absent */
  expiresInSeconds?: number;
  /** what becomes of jobs that waited while it was away */
  backlogPolicy: 'all' | 'newest' | 'ask' | 'drop';
  /** since when its relay reports this state */
  stateSince?: string;
  /** since when its relay is offline or cannot reach it */
  awaySince?: string;
  /** its last absence, and what was done with the jobs that waited */
  lastBacklog?: { from: string; until: string; printed: number; held: number; dropped: number };
  state: string;
  stateReasons: string[];
  attributes: Record<string, unknown>;
}

export interface ClientLocation {
  location: string;
  name: string;
  active: boolean;
  /** whether its active relay is connected */
  online: boolean;
  lastSeen?: string;
  /** the active relay, and since when it is */
  relay?: string;
  activeSince?: string;
  /** takes over when the active relay is offline */
  standby?: { relay: string; online: boolean; lastSeen?: string; since: string };
  printers: ClientPrinter[];
}

export interface ClientRelay {
  relay: string;
  location: string;
  role: 'active' | 'standby';
  /** since when it has its role; absent if it is active since it enrolled with release 0.1.0 */
  since?: string;
  online: boolean;
  createdAt: string;
  lastSeen?: string;
}

export interface ClientKey {
  /** the beginning of the digest of the secret */
  id: string;
  name: string;
  scopes: ('print' | 'read' | 'admin' | 'preview')[];
  createdAt: string;
  expiresAt?: string;
  /** to the hour; absent if it was not used yet */
  lastUsedAt?: string;
}

/** A key with its secret, which is shown once. */
export type NewClientKey = ClientKey & { key: string };

/** What became of one of several jobs. */
export type BulkOutcome = { id: string } & ({ job: ClientJob } | { error: { code: string; message: string } });

/** Which jobs to list; see `GET /platen/v1/jobs` in the API reference. */
export interface JobFilter {
  /** `active`, `ended`, `attention`, or an IPP job state */
  state?: string;
  printer?: string;
  location?: string;
  user?: string;
  tag?: string;
  dialect?: string;
  text?: string;
  /** ISO 8601 */
  since?: string;
  until?: string;
}

/** What happened to a job, printer, location or relay; see docs/events.md. */
export interface PlatenEvent {
  /** the same wherever and however often the event appears */
  id: string;
  /** such as `job.completed`; ignore types that you do not know */
  type: string;
  /** ISO 8601 */
  timestamp: string;
  /** number in the company's log */
  sequence: number;
  /** id of the job, printer, location or relay */
  subject: string;
  /** rises with each event of the subject */
  subjectVersion: number;
  data: { job?: Omit<ClientJob, 'history'>; [member: string]: unknown };
}

export interface EventPage {
  events: PlatenEvent[];
  /** what `after` takes to go on */
  next: number;
  /** whether there are more events at present */
  more: boolean;
}

export interface EventOptions {
  /** types, or groups such as `job.*` */
  types?: string[];
  subject?: string;
  /** the number of the last event that you have; without it, events from now on */
  after?: number;
  /** ends the iteration */
  signal?: AbortSignal;
  /** called when events are missing: the log begins with this number. Read jobs and printers again. */
  gone?: (oldest: number) => void;
}

/** Where a document comes from, other than an upload. */
export type ClientDocument =
  | { base64: string }
  | { url: string }
  | { pageUrl: string; tagged?: boolean }
  | { html: string; baseUrl?: string; templateData?: unknown; tagged?: boolean };

/** When a job is printed, and when not. Times are ISO 8601, at most 30 days ahead. */
export interface JobWishes {
  /** ends the job if it has not begun to print */
  expiresAt?: string;
  expiresInSeconds?: number;
  /** as `expiresAt`, for a document that is worthless later */
  printBefore?: string;
  /** printed when it is released, at the latest at `holdUntil` */
  hold?: boolean;
  holdUntil?: string;
  /** a key: replaces an older job of the printer with this key that has not begun to print */
  supersedes?: string;
}

export interface PrintOptions extends JobWishes {
  name?: string;
  /** whose print it is; jobs can be listed by it */
  user?: string;
  tags?: string[];
  /** IPP's names: `copies`, `sides`, `media`, `print-color-mode`, `page-ranges` ... */
  options?: Record<string, unknown>;
  /** an address that receives each job as JSON when it has ended */
  callback?: string;
  /** The same key prints once, however often the call is repeated within a day. Without one each call has its own. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** For a document that is made and downloaded instead of printed. */
export interface MakeOptions extends Omit<PrintOptions, keyof JobWishes> {
  fileName?: string;
  /** a day if absent */
  keepSeconds?: number;
}

export interface UploadOptions {
  name?: string;
  /** lower-case hex; checked before anything is printed */
  sha256?: string;
  /** continues an upload that was begun before, here or elsewhere */
  resume?: string;
  /** called with the upload's id before its first part goes up: what `resume` takes */
  begun?: (id: string) => void;
  /** what the store has or is being given, never more than the document has */
  progress?: (sentOctets: number, octets: number) => void;
  signal?: AbortSignal;
}

/** An upload by parts, as the service answers it. */
export interface UploadAnswer {
  id: string;
  state: string;
  octets: number;
  sha256?: string;
  partOctets: number;
  present: number[];
  /** of each present part */
  etags?: string[];
  missing: { part: number; octets: number; url: string }[];
}
