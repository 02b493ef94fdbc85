import { hash, randomUUID } from 'node:crypto';
import { S3Error } from './s3-error.ts';

/** Limits of parts [Amazon S3, multipart upload limits]. */
const leastPartOctets = 5 * 1024 * 1024;
const partsAtMost = 10_000;
/** A range can be copied only of a source that is larger. */
const leastRangedSource = 5 * 1024 * 1024;
const keyOctetsAtMost = 1024;
/** Pages of a list hold at most 1000; here they hold few. */
const pageKeys = 20;
const pageParts = 2;

export interface StoredObject {
  bytes: Buffer;
  etag: string;
  contentType: string;
}

interface Upload {
  key: string;
  contentType: string;
  parts: Map<number, { bytes: Buffer; etag: string }>;
}

export interface ListedPart {
  part: number;
  etag: string;
}

/** Objects and uploads of one bucket in memory, with S3's refusals. */
export class StrictBucket {
  readonly #objects = new Map<string, StoredObject>();
  readonly #uploads = new Map<string, Upload>();

  put(key: string, bytes: Buffer, contentType = 'application/octet-stream'): string {
    checkKey(key);
    const etag = etagOf(bytes);
    this.#objects.set(key, { bytes, etag, contentType });
    return etag;
  }

  get(key: string): StoredObject {
    const object = this.#objects.get(key);
    if (!object) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
    return object;
  }

  delete(key: string): void {
    this.#objects.delete(key);
  }

  /** In the order of the octets of their names. */
  list(prefix: string, after: string | undefined): { objects: [string, StoredObject][]; isTruncated: boolean } {
    const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    const all = [...this.#objects]
      .filter(([key]) => key.startsWith(prefix) && (after === undefined || order(key, after) > 0))
      .toSorted(([a], [b]) => order(a, b));
    return { objects: all.slice(0, pageKeys), isTruncated: all.length > pageKeys };
  }

  /** Keys of the uploads that were neither completed nor aborted. */
  openUploads(): { key: string; id: string }[] {
    return [...this.#uploads].map(([id, { key }]) => ({ key, id }));
  }

  begin(key: string, contentType = 'application/octet-stream'): string {
    checkKey(key);
    const id = `${randomUUID()}.up~load_`;
    this.#uploads.set(id, { key, contentType, parts: new Map() });
    return id;
  }

  putPart(key: string, id: string, part: number, bytes: Buffer): string {
    const upload = this.#upload(key, id);
    checkPartNumber(part);
    const etag = etagOf(bytes);
    upload.parts.set(part, { bytes, etag });
    return etag;
  }

  copyPart(key: string, id: string, part: number, source: StoredObject, range?: { from: number; to: number }): string {
    if (range && source.bytes.length <= leastRangedSource)
      throw new S3Error(
        400,
        'InvalidRequest',
        'The specified copy source is not supported as a byte-range copy source',
      );
    return this.putPart(key, id, part, range ? source.bytes.subarray(range.from, range.to) : source.bytes);
  }

  parts(key: string, id: string, after: number): { parts: (ListedPart & { octets: number })[]; isTruncated: boolean } {
    const all = [...this.#upload(key, id).parts]
      .filter(([part]) => part > after)
      .toSorted(([a], [b]) => a - b)
      .map(([part, { bytes, etag }]) => ({ part, etag, octets: bytes.length }));
    return { parts: all.slice(0, pageParts), isTruncated: all.length > pageParts };
  }

  /** A second completion finds no upload: S3 need not remember it. */
  complete(key: string, id: string, listed: ListedPart[]): string {
    const { parts, contentType } = this.#upload(key, id);
    if (listed.length < 1 || listed.length > partsAtMost) throw new S3Error(400, 'MalformedXML', 'No parts.');
    if (listed.some(({ part }, index) => index > 0 && part <= (listed[index - 1] as ListedPart).part))
      throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
    const found = listed.map(({ part, etag }) => {
      const stored = parts.get(part);
      if (stored?.etag !== etag) throw new S3Error(400, 'InvalidPart', `Part ${part} could not be found.`);
      return stored;
    });
    if (found.slice(0, -1).some(({ bytes }) => bytes.length < leastPartOctets))
      throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
    const digests = Buffer.concat(found.map(({ bytes }) => hash('md5', bytes, 'buffer')));
    const etag = `"${hash('md5', digests)}-${found.length}"`;
    this.#uploads.delete(id);
    this.#objects.set(key, { bytes: Buffer.concat(found.map(({ bytes }) => bytes)), etag, contentType });
    return etag;
  }

  abort(key: string, id: string): void {
    this.#upload(key, id);
    this.#uploads.delete(id);
  }

  #upload(key: string, id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload?.key !== key) throw new S3Error(404, 'NoSuchUpload', 'The specified upload does not exist.');
    return upload;
  }
}

const etagOf = (bytes: Buffer) => `"${hash('md5', bytes)}"`;

function checkKey(key: string): void {
  if (Buffer.byteLength(key) > keyOctetsAtMost) throw new S3Error(400, 'KeyTooLongError', 'Your key is too long');
}

function checkPartNumber(part: number): void {
  const isValid = Number.isInteger(part) && part >= 1 && part <= partsAtMost;
  if (!isValid) throw new S3Error(400, 'InvalidArgument', 'Part number must be an integer between 1 and 10000');
}
