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
  /** the job that this one prints again */
  copyOf?: string;
  cancelRequested?: boolean;
  attempt: number;
  octets?: number;
  format?: string;
  pageCount?: number;
  warnings?: string[];
  submittedAt: string;
  receivedAt?: string;
  endedAt?: string;
  history: { at: string; state: string; reasons: string[] }[];
}

export interface ClientPrinter {
  printer: string;
  name: string;
  active: boolean;
  notes: string;
  unconfirmedPolicy: 'ask' | 'reprint';
  state: string;
  stateReasons: string[];
  attributes: Record<string, unknown>;
}

export interface ClientLocation {
  location: string;
  name: string;
  active: boolean;
  online: boolean;
  lastSeen?: string;
  printers: ClientPrinter[];
}

export interface ClientRelay {
  relay: string;
  location: string;
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
  text?: string;
  /** ISO 8601 */
  since?: string;
  until?: string;
}

/** Where a document comes from, other than an upload. */
export type ClientDocument =
  | { base64: string }
  | { url: string }
  | { pageUrl: string; tagged?: boolean }
  | { html: string; baseUrl?: string; templateData?: unknown; tagged?: boolean };

export interface PrintOptions {
  name?: string;
  /** whose print it is; jobs can be listed by it */
  user?: string;
  tags?: string[];
  /** IPP's names: `copies`, `sides`, `media`, `print-color-mode`, `page-ranges` ... */
  options?: Record<string, unknown>;
  /** The same key prints once, however often the call is repeated within a day. Without one each call has its own. */
  idempotencyKey?: string;
  signal?: AbortSignal;
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
