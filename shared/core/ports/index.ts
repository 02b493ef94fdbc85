import type { Readable } from 'node:stream';
import type { DownMessage, EnrolAnswer } from '../../protocol/relay-protocol.ts';
import type { Company, EnrolmentCode, Key, Relay } from '../domain/company.ts';
import type { Conversion, OctetSource } from '../domain/conversion.ts';
import type { StoredDocument } from '../domain/document.ts';
import type { CompanyId, JobId, RelayId, UploadId } from '../domain/ids.ts';
import type { Job, PreparationStep } from '../domain/job.ts';
import type { Location, Printer, PrinterName } from '../domain/printer.ts';
import type { QuotaReached, UploadQuota } from '../domain/upload-quota.ts';
import type { ComposedPart, Piece, Run, UploadSession } from '../domain/upload-session.ts';

/*
 * Every door out of the core. An adapter answers one of these for one service; `test/ports/` holds the suite that
 * each adapter must pass. Adapters throw PrintError('internal') for what they cannot help; what a method returns for
 * "not there", "already" and "somebody else was first" is said here and is never an exception.
 *
 * Things with a `version` are saved on the condition that the stored version is still the one that was read.
 */

/** A save that found another version there: nothing was written, and this is what was there instead. */
export type Saved<T> = { saved: T } | { conflict: T | undefined };

export interface Clock {
  /** milliseconds since 1970 */
  now(): number;
  /** 128 random bits, 32 lower-case hex digits */
  token(): string;
  /** Resolves when this much time has passed. */
  pause(milliseconds: number): Promise<void>;
}

/** What makes a repeated submission the same submission. */
export interface IdempotencyClaim {
  companyId: CompanyId;
  /** the client's own words */
  key: string;
  /** SHA-256 over everything that the request asks for */
  fingerprint: string;
}

export interface JobStore {
  /**
   * Writes all of the jobs or none, each with version 1, and gives each that has a printer its `sequence`: higher than
   * that of any job of the printer whose create was answered before this one was asked. With a claim that is known
   * already, writes nothing and answers what was claimed. At most 50 jobs a call, else `too-many`. Claims are forgotten after a day.
   */
  create(jobs: Job[], claim?: IdempotencyClaim): Promise<CreateOutcome>;
  /** What was claimed under this key, if anything. */
  claimed(
    claim: IdempotencyClaim,
  ): Promise<Extract<CreateOutcome, { replayed: JobId[] } | 'other-request'> | undefined>;
  get(id: JobId): Promise<Job | undefined>;
  /** Saves over `job.version` and raises it by one. */
  save(job: Job): Promise<Saved<Job>>;
  /**
   * Jobs that hold a place in the printer's order (`isWaiting`), by `sequence` from the lowest. Those that are `known`, as
   * they were just stored, may be answered without being read again.
   */
  waiting(companyId: CompanyId, printer: PrinterName, limit: number, known?: Job[]): Promise<Job[]>;
  /** Newest first; `next` goes back in as `before` for the page that follows. `bad-value` when it never came from here. */
  list(companyId: CompanyId, limit: number, before?: string): Promise<{ jobs: Job[]; next?: string }>;
  /** Jobs with `dueAt` at or before `at`, in no order. The index may lag a second behind. */
  due(at: number, limit: number): Promise<Job[]>;
}

export type CreateOutcome = { created: Job[] } | { replayed: JobId[] } | 'other-request';

export interface UploadStore {
  /**
   * Version 1. A session that is under way counts in its company's quota, by one and by `reservedOctets`, until it is
   * saved in a last state; when it does not fit nothing is written. The count is exact, also after a failure.
   */
  create(session: UploadSession, quota: UploadQuota): Promise<UploadSession | QuotaReached>;
  /** As the last save that was answered left it, or a later one. */
  get(id: UploadId): Promise<UploadSession | undefined>;
  /**
   * Raises `ordinal` by one and `stagedOctets` by `octets`; undefined when the session is not open or not there,
   * `no-room` when that would be more than it has reserved. One write, no read. Leaves `version` alone.
   */
  nextOrdinal(id: UploadId, octets: number): Promise<UploadSession | 'no-room' | undefined>;
  /** Raises what an open session has reserved to `octets`. Undefined when it is not open, or was raised by others meanwhile. Leaves `version` alone. */
  reserve(
    session: UploadSession,
    octets: number,
    quota: UploadQuota,
  ): Promise<UploadSession | QuotaReached | undefined>;
  /** Saves over `session.version`, keeping the stored `ordinal`, `stagedOctets` and `reservedOctets`. A session that has ended is not opened again. */
  save(session: UploadSession): Promise<Saved<UploadSession>>;
  /** Keeps what part a window was composed into; the last word on a part number wins. */
  recordPart(id: UploadId, part: ComposedPart): Promise<void>;
  composedParts(id: UploadId): Promise<ComposedPart[]>;
  /** Sessions under way past `expiresAt`, in no order. */
  expired(at: number, limit: number): Promise<UploadSession[]>;
}

export interface PutOptions {
  /** media type, told to whoever reads the address */
  format?: string;
}

export interface DocumentStore {
  /** Durable when answered. The same key again replaces the whole document. A stream that fails leaves nothing. */
  put(key: string, bytes: Uint8Array | Readable, options?: PutOptions): Promise<StoredDocument>;
  /** Undefined when nothing stands there. `from` and `to` (excluded) in octets. */
  read(key: string, range?: { from: number; to: number }): Promise<Readable | undefined>;
  octets(key: string): Promise<number | undefined>;
  /** Deleting what is not there is fine. */
  delete(keys: string[]): Promise<void>;
  /** Keys under a prefix that ends in `/`, with their sizes. */
  list(prefix: string): Promise<{ key: string; octets: number }[]>;
  /**
   * An address that reads the document without any credential until it expires; under 1,000 characters, and in AWS the
   * signer's session token beside them.
   */
  presignRead(key: string, options: PresignRead): Promise<string>;

  /** Parts of `partOctets` each but for the last, numbered from 1. Answers the upload's id. */
  createMultipart(key: string, partOctets: number, options?: PutOptions): Promise<string>;
  /**
   * Durable when answered. The same number again replaces the part; a stream that fails leaves what was there. The
   * last answer for a part names it, and the same octets have the same name. `not-found` once the upload is gone.
   */
  putPart(key: string, multipartId: string, part: number, bytes: Uint8Array | Readable): Promise<string>;
  /** A part out of octets [from, to) of another document, without taking it into memory. `bad-value` when the range is not inside it. */
  copyPart(key: string, multipartId: string, part: number, from: CopyFrom): Promise<string>;
  parts(key: string, multipartId: string): Promise<Part[]>;
  /**
   * The document from exactly these parts, numbered from 1 without a gap: `bad-value` otherwise. Completing twice is fine: the second time finds the document there.
   * `part-changed` when a part is no longer the one named by its etag; nothing was completed then.
   */
  completeMultipart(
    key: string,
    multipartId: string,
    parts: Part[],
  ): Promise<{ octets: number } | 'part-changed' | 'gone'>;
  abortMultipart(key: string, multipartId: string): Promise<void>;
  /** An address that takes the whole document by PUT until it expires, whatever type or key the request names. */
  presignWrite(key: string, expiresSeconds: number): Promise<string>;
  /** An address that takes one part by PUT until it expires. */
  presignPart(key: string, multipartId: string, part: number, expiresSeconds: number): Promise<string>;
}

export interface CopyFrom {
  key: string;
  from: number;
  to: number;
}

export interface Part {
  part: number;
  etag: string;
  octets: number;
}

export interface PresignRead {
  expiresSeconds: number;
  format?: string;
  /** makes the answer an attachment of this name */
  fileName?: string;
}

/** Staged pieces of upload sessions. A piece is a small document of its own until the session ends. */
export interface PieceStore {
  /** Durable when answered. */
  put(session: UploadSession, piece: Piece, bytes: Uint8Array): Promise<void>;
  /** All pieces, or those of one window. */
  list(session: UploadSession, window?: number): Promise<Piece[]>;
  /** `not-found` when it was deleted. */
  read(session: UploadSession, piece: Piece): Promise<Uint8Array>;
  /**
   * Makes a part of the session's multipart upload out of these runs, which leave no hole between them, and answers its
   * etag, as `putPart` does. Once the multipart upload is completed, `put` may answer `conflict`.
   */
  compose(session: UploadSession, part: number, runs: Run[]): Promise<string>;
  deleteAll(session: UploadSession): Promise<void>;
}

export interface Registry {
  getCompany(companyId: CompanyId): Promise<Company | undefined>;
  saveCompany(company: Company): Promise<Saved<Company>>;
  getKey(digest: string): Promise<Key | undefined>;
  putKey(key: Key): Promise<void>;
  deleteKey(digest: string): Promise<void>;
  listKeys(companyId: CompanyId): Promise<Key[]>;
  getLocation(companyId: CompanyId, locationId: string): Promise<Location | undefined>;
  listLocations(companyId: CompanyId): Promise<Location[]>;
  /** Version 0 makes a new one. */
  saveLocation(location: Location): Promise<Saved<Location>>;
  getPrinter(companyId: CompanyId, name: PrinterName): Promise<Printer | undefined>;
  /** Of one location, or of all. */
  listPrinters(companyId: CompanyId, locationId?: string): Promise<Printer[]>;
  /** Version 0 makes a new one. */
  savePrinter(printer: Printer): Promise<Saved<Printer>>;
  getRelay(relayId: RelayId): Promise<Relay | undefined>;
  putRelay(relay: Relay): Promise<void>;
  getEnrolmentCode(digest: string): Promise<EnrolmentCode | undefined>;
  putEnrolmentCode(code: EnrolmentCode): Promise<void>;
  /** Binds a code to its first user; answers the code as it is then, whoever that was. Undefined when there is none. */
  useEnrolmentCode(digest: string, usedBy: NonNullable<EnrolmentCode['usedBy']>): Promise<EnrolmentCode | undefined>;

  /** What a company may still spend; undefined when nobody has set a limit. */
  remainingCredits(companyId: CompanyId): Promise<number | undefined>;
  /** Undefined lifts the limit. */
  setCredits(companyId: CompanyId, remaining: number | undefined): Promise<void>;
  /**
   * Takes credits for a job, once however often it is asked: a repeat within 30 days takes nothing and is no error.
   * `spent` when there are too few, and nothing was taken then. Without a limit there is nothing to take from.
   */
  chargeCredits(companyId: CompanyId, jobId: JobId, credits: number): Promise<'charged' | 'spent'>;
}

/** Work that waits, by queue. */
export interface Messages {
  /** jobs that share one source: what is made is made once for all of them */
  prepare: { jobIds: JobId[] };
  offer: { companyId: CompanyId; printer: PrinterName };
  /** the callback of a job that has ended; tries are counted from 1 */
  notify: { jobId: JobId; attempt: number };
}

export interface MessageQueue {
  /** Durable when answered. Delivered at least once, in no order. `delaySeconds` up to 900. */
  send<Name extends keyof Messages>(queue: Name, messages: Messages[Name][], delaySeconds?: number): Promise<void>;
}

export interface RelayLink {
  /**
   * To a relay that listens now; lost when it does not. With `withinMilliseconds`, throws when the message is not on its
   * way by then; it may arrive all the same.
   */
  publish(relayId: RelayId, message: DownMessage, withinMilliseconds?: number): Promise<void>;
}

export interface RelayIdentities {
  /**
   * Signs a relay's certificate request, whatever subject it names: the certificate lets its key in as this relay and
   * no other. Throws `bad-request` on a request that is none.
   */
  issue(relayId: RelayId, csr: string): Promise<Omit<EnrolAnswer, 'relayId' | 'locationId'>>;
  /** From then on the relay cannot connect, and is disconnected if it is; within minutes in AWS. */
  revoke(relayId: RelayId): Promise<void>;
}

/** What a conversion may ask for and tell while it is under way. */
export interface ConversionContext {
  /** Octets that the conversion names as `inline` or `stored`; undefined when they are not there. */
  read(document: Exclude<OctetSource, { kind: 'url' }>): Promise<Readable | undefined>;
  onStep(step: PreparationStep): void;
  /** Asked about once a second; false ends the work. */
  isWanted(): Promise<boolean>;
}

export interface Converted {
  /** one document, or several files */
  bytes: Uint8Array | ConvertedFile[];
  pageCount?: number;
  /** sentences for the person who sent the job */
  warnings: string[];
}

export interface ConvertedFile {
  /** what comes after the stem of the whole's name: `_page1-2.pdf` */
  suffix: string;
  bytes: Uint8Array;
}

/** Makes documents. Needs a browser and much memory, so only `prepare` is given one. */
export interface Converter {
  /**
   * Ends within minutes, whatever the document does. Throws PrintError for a document that cannot be made, with a
   * message that helps; undefined when it is no longer wanted.
   */
  convert(conversion: Conversion, context: ConversionContext): Promise<Converted | undefined>;
}

/** Tells callbacks that can never be called from others, before anything is begun. Only `print` is given one. */
export interface CallbackPolicy {
  /** Whether the address is seen to be private, and nobody has allowed it. Names are not looked up. */
  refuses(url: string): boolean;
}

/** Tells others over the web that something happened. Only `notify` is given one. */
export interface Webhooks {
  /**
   * Posts JSON once, with credentials out of the address. `told` when it was answered with a 2xx in time, `refused`
   * when the address may never be called, `failed` when it may go better later.
   */
  post(url: string, body: string): Promise<'told' | 'refused' | 'failed'>;
}

/** Core and adapters put together; what a use case is given. */
export interface Ports {
  clock: Clock;
  jobs: JobStore;
  uploads: UploadStore;
  documents: DocumentStore;
  pieces: PieceStore;
  registry: Registry;
  queue: MessageQueue;
  relayLink: RelayLink;
  relayIdentities: RelayIdentities;
}
