import type { Readable } from 'node:stream';
import type { StoredDocument } from '../domain/document.ts';

export interface PutOptions {
  /** media type, sent as Content-Type by presigned addresses */
  format?: string;
}

export interface WholePutOptions extends PutOptions {
  /** until the caller's next durable write, which is of a job, a power cut may lose the document */
  isSyncedLater?: boolean;
}

export interface DocumentStore {
  /** Durable on return. The same key again replaces the whole document. A stream that fails leaves nothing. */
  put(key: string, bytes: Uint8Array | Readable, options?: WholePutOptions): Promise<StoredDocument>;
  /** Undefined if there is no document. `from` and `to` (exclusive) in octets. */
  read(key: string, range?: { from: number; to: number }): Promise<Readable | undefined>;
  octets(key: string): Promise<number | undefined>;
  /** Deleting a document that does not exist succeeds. Durable on return, unless it `isSyncedLater` as in `put`. */
  delete(keys: string[], options?: Pick<WholePutOptions, 'isSyncedLater'>): Promise<void>;
  /** Keys under a prefix that ends in `/`, with their sizes. */
  list(prefix: string): Promise<{ key: string; octets: number }[]>;
  /**
   * An address that reads the document without credentials until it expires. Under 1,000 characters; AWS appends the
   * signer's session token.
   */
  presignRead(key: string, options: PresignRead): Promise<string>;

  /** Parts have `partOctets` each except the last, and are numbered from 1. Returns the upload id. */
  createMultipart(key: string, partOctets: number, options?: PutOptions): Promise<string>;
  /**
   * Durable on return; returns the part's etag. The same number again replaces the part, and a stream that fails leaves
   * the earlier part. The last etag returned for a part is the valid one; equal octets have equal etags. `not-found` if
   * the upload does not exist.
   */
  putPart(key: string, multipartId: string, part: number, bytes: Uint8Array | Readable): Promise<string>;
  /** Copies another document into a part, without loading it into memory. `not-found` if it does not exist. */
  copyPart(key: string, multipartId: string, part: number, from: string): Promise<string>;
  parts(key: string, multipartId: string): Promise<Part[]>;
  /**
   * Completes the document from exactly these parts, numbered from 1 without a gap; otherwise `bad-value`. Idempotent:
   * a second call finds the document. Returns `part-changed`, and completes nothing, if a part no longer has the given
   * etag.
   */
  completeMultipart(
    key: string,
    multipartId: string,
    parts: Part[],
  ): Promise<{ octets: number } | 'part-changed' | 'gone'>;
  abortMultipart(key: string, multipartId: string): Promise<void>;
  /** An address that accepts the whole document by PUT until it expires, with any Content-Type and of any size. */
  presignWrite(key: string, expiresSeconds: number): Promise<string>;
  /** An address that accepts one part of exactly these octets by PUT until it expires. */
  presignPart(key: string, multipartId: string, part: Omit<Part, 'etag'>, expiresSeconds: number): Promise<string>;
}

export interface Part {
  part: number;
  etag: string;
  octets: number;
}

export interface PresignRead {
  expiresSeconds: number;
  format?: string;
  /** sets Content-Disposition to attachment with this name */
  fileName?: string;
}
