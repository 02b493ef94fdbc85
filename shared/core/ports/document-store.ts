import type { Readable } from 'node:stream';
import type { StoredDocument } from '../domain/document.ts';

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
