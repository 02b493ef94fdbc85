import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { type StoredDocument, sniffFormat } from '../../../core/domain/document.ts';
import { PrintError } from '../../../core/domain/errors.ts';
import type { UploadId } from '../../../core/domain/ids.ts';
import type { Run } from '../../../core/domain/upload-session.ts';
import type {
  Clock,
  DocumentStore,
  Part,
  PresignRead,
  PutOptions,
  WholePutOptions,
} from '../../../core/ports/index.ts';
import type { Sqlite } from '../sqlite/sqlite.ts';
import { Multiparts } from '../uploads/multiparts.ts';
import type { PieceLogs } from '../uploads/piece-logs.ts';
import { documentPath, keyOf, prefixPath } from './document-paths.ts';
import { trailer } from './document-trailer.ts';
import { Folders, ifThere, onDisk, removeFile, settled, writeAllAt, writeAt } from './durable-files.ts';
import { type OpenDocument, openFile } from './open-document.ts';
import type { AddressSigner } from './signed-address.ts';
import { SmallDocuments, smallOctets } from './small-documents.ts';
import { writeStream } from './write-stream.ts';

/*
 * Documents as files. A document is written to a temporary file, synced, and renamed into place, and the folder is
 * synced before the call returns. So a key always leads to one whole document or to none, also after a power cut, and
 * open readers keep reading the old file. Temporary files are deleted at start-up.
 *
 * Small documents are in the database instead (small-documents.ts). If both have a key, which happens only after a
 * replacement, the database is right.
 *
 *   <folder>/documents/...     documents, by key (document-paths.ts)
 *   <folder>/temporary/...     documents being written
 *   <folder>/multiparts/...    documents being uploaded by parts (multiparts.ts)
 */

export class FileDocuments implements DocumentStore {
  readonly #root: string;
  readonly #temporary: string;
  readonly #folders = new Folders();
  readonly #multiparts: Multiparts;
  readonly #small: SmallDocuments;
  readonly #clock: Clock;
  readonly #signer: AddressSigner;

  private constructor(folder: string, db: Sqlite, clock: Clock, signer: AddressSigner, logs: PieceLogs) {
    this.#root = join(folder, 'documents');
    this.#temporary = join(folder, 'temporary');
    this.#clock = clock;
    this.#signer = signer;
    this.#small = new SmallDocuments(db, clock.now);
    this.#multiparts = new Multiparts(join(folder, 'multiparts'), db, this.#folders, clock, logs, (path, key) =>
      this.#putInPlace(path, key),
    );
  }

  static async open(
    folder: string,
    db: Sqlite,
    clock: Clock,
    signer: AddressSigner,
    logs: PieceLogs,
  ): Promise<FileDocuments> {
    const documents = new FileDocuments(folder, db, clock, signer, logs);
    for (const inner of [documents.#root, documents.#temporary]) await mkdir(inner, { recursive: true, mode: 0o700 });
    for (const name of await readdir(documents.#temporary)) await removeFile(join(documents.#temporary, name));
    await documents.#multiparts.open();
    await documents.#folders.sync(folder);
    return documents;
  }

  async put(key: string, bytes: Uint8Array | Readable, options: WholePutOptions = {}): Promise<StoredDocument> {
    const folder = dirname(documentPath(this.#root, key));
    if (bytes instanceof Uint8Array && bytes.length <= smallOctets) {
      return await this.#small.put(key, bytes, options);
    }
    const temporary = join(this.#temporary, this.#clock.token());
    try {
      const writing = writeFile(temporary, bytes, trailer(options.format));
      await settled([writing, this.#folders.make(folder, this.#root)]);
      const { octets, sha256, head } = await writing;
      await this.#putInPlace(temporary, key);
      return { key, octets, sha256, format: sniffFormat(head) };
    } catch (error) {
      await removeFile(temporary);
      throw error;
    }
  }

  async read(key: string, range?: { from: number; to: number }): Promise<Readable | undefined> {
    const document = await this.openDocument(key);
    return document?.stream(range?.from ?? 0, range?.to ?? document.octets);
  }

  async octets(key: string): Promise<number | undefined> {
    const document = await this.openDocument(key);
    await document?.close();
    return document?.octets;
  }

  async delete(keys: string[], options?: Pick<WholePutOptions, 'isSyncedLater'>): Promise<void> {
    const paths = keys.map(key => documentPath(this.#root, key));
    await this.#small.delete(keys, options);
    await Promise.all(paths.map(removeFile));
    const folders = new Set(paths.map(path => dirname(path)));
    // a folder that does not exist needs no sync
    await Promise.all([...folders].map(folder => this.#folders.sync(folder).catch(() => undefined)));
  }

  async list(prefix: string): Promise<{ key: string; octets: number }[]> {
    const folder = prefixPath(this.#root, prefix);
    const entries = await ifThere(readdir(folder, { recursive: true, withFileTypes: true }));
    const files = (entries ?? []).filter(entry => entry.isFile());
    const inFiles = files.flatMap(file => keyOf(relative(this.#root, join(file.parentPath, file.name))) ?? []);
    const small = this.#small.list(prefix);
    const known = new Set(small.map(({ key }) => key));
    const large = inFiles.filter(key => !known.has(key));
    const found = await Promise.all(large.map(async key => ({ key, octets: await this.octets(key) })));
    return [...small, ...found].filter(
      (document): document is { key: string; octets: number } => document.octets !== undefined,
    );
  }

  async presignRead(key: string, options: PresignRead): Promise<string> {
    const { expiresSeconds, format, fileName } = options;
    return this.#signer.sign({ kind: 'read', key, format, fileName }, expiresSeconds);
  }

  createMultipart(key: string, partOctets: number, options: PutOptions = {}): Promise<string> {
    documentPath(this.#root, key);
    return this.#multiparts.create(key, partOctets, options.format);
  }

  putPart(key: string, multipartId: string, part: number, bytes: Uint8Array | Readable): Promise<string> {
    return this.#multiparts.put(key, multipartId, part, bytes);
  }

  /** Uses the data file of a session's pieces as the file of this upload. */
  adopt(key: string, multipartId: string, session: UploadId): Promise<void> {
    return this.#multiparts.adopt(key, multipartId, session);
  }

  /** Records a part whose octets are already at their offset in the adopted file. */
  noteInPlace(key: string, multipartId: string, part: number, runs: Run[]): Promise<string> {
    return this.#multiparts.noteInPlace(key, multipartId, part, runs);
  }

  /** Removes abandoned multipart uploads. */
  endAbandoned(): Promise<void> {
    return this.#multiparts.endAbandoned();
  }

  /** Part size of this upload; undefined if there is no such upload. */
  partOctets(key: string, multipartId: string): number | undefined {
    return this.#multiparts.partOctets(key, multipartId);
  }

  async copyPart(key: string, multipartId: string, part: number, from: string): Promise<string> {
    const source = await this.openDocument(from);
    if (!source) throw new PrintError('not-found', 'The document to copy from does not exist.');
    return this.putPart(key, multipartId, part, source.stream(0, source.octets));
  }

  async parts(key: string, multipartId: string): Promise<Part[]> {
    return this.#multiparts.parts(key, multipartId);
  }

  async completeMultipart(key: string, multipartId: string, parts: Part[]) {
    const completed = await this.#multiparts.complete(key, multipartId, parts);
    if (completed !== 'gone') return completed;
    const octets = await this.octets(key);
    return octets === undefined ? 'gone' : { octets };
  }

  abortMultipart(key: string, multipartId: string): Promise<void> {
    return this.#multiparts.abort(key, multipartId);
  }

  async presignWrite(key: string, expiresSeconds: number): Promise<string> {
    return this.#signer.sign({ kind: 'write', key }, expiresSeconds);
  }

  async presignPart(
    key: string,
    multipartId: string,
    part: Omit<Part, 'etag'>,
    expiresSeconds: number,
  ): Promise<string> {
    return this.#signer.sign({ kind: 'part', key, multipartId, ...part }, expiresSeconds);
  }

  async openDocument(key: string): Promise<OpenDocument | undefined> {
    const path = documentPath(this.#root, key);
    return this.#small.open(key) ?? (await openFile(path));
  }

  async #putInPlace(path: string, key: string): Promise<void> {
    const target = documentPath(this.#root, key);
    const folder = dirname(target);
    await this.#folders.make(folder, this.#root);
    const moved = await ifThere(rename(path, target).then(() => true));
    if (!moved) {
      // the folder was removed by retention because it had been empty
      this.#folders.forget();
      await this.#folders.make(folder, this.#root);
      await onDisk(rename(path, target));
    }
    await this.#folders.sync(folder);
    // an earlier version may have been small
    await this.#small.delete([key]);
  }
}

async function writeFile(path: string, bytes: Uint8Array | Readable, end: Uint8Array) {
  const file = await onDisk(open(path, 'wx', 0o600));
  try {
    const poured = await writeStream(bytes, (chunks, position) => writeAllAt(file, chunks, position));
    await writeAt(file, end, poured.octets);
    await onDisk(file.datasync());
    return poured;
  } finally {
    await file.close();
  }
}
