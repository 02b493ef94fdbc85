import { createReadStream } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PrintError } from '../../../core/domain/errors.ts';
import type { UploadId } from '../../../core/domain/ids.ts';
import { madeOf, type Run } from '../../../core/domain/upload-session.ts';
import type { Clock, Part } from '../../../core/ports/index.ts';
import { checkFormat, trailer } from '../documents/document-trailer.ts';
import { type Folders, ifThere, onDisk, removeFile, writeAllAt, writeAt } from '../documents/durable-files.ts';
import { writeStream } from '../documents/write-stream.ts';
import type { Sqlite, WriteOptions } from '../sqlite/sqlite.ts';
import type { PieceLogs } from './piece-logs.ts';
import { stopWriters, UploadActivities, type UploadActivity } from './upload-activity.ts';

/*
 * Multipart uploads as files. All parts but the last have the same size, so each part has its offset in the document's
 * file from the start, and completing is a rename whatever the size. The list of parts is in the database; a part
 * exists from the moment its row is written, after its octets were synced.
 *
 * A part that exists, or is being written, is never overwritten: a repeat is written to a separate file, named in the
 * row, so a repeat that fails leaves the earlier part. Separate files are copied to their offset when the upload
 * completes.
 *
 * The upload of an upload session adopts the session's data file (piece-log.ts): it adds a second name (hard link)
 * here, and a window that is complete in that file becomes a part without a copy. Composed parts are separate files.
 * The pieces are sealed before the file becomes a document.
 *
 * When an upload is completed or aborted, active writers are stopped before their next write and running writes are
 * awaited: nothing may write to a file that has become a document.
 */

/** S3's limit [Amazon S3, multipart upload limits] */
const maximumParts = 10_000;
/** Older than any session, whose lifetime is a day. */
const abandonedMilliseconds = 3 * 24 * 60 * 60_000;

interface Row {
  id: string;
  key: string;
  part_octets: number;
  format: string | null;
  /** the upload session whose data file was adopted */
  pieces_of: UploadId | null;
}

interface PartRow extends Part {
  /** name of the separate file, if the part is not at its offset */
  beside: string | null;
}

export class Multiparts {
  readonly #folder: string;
  readonly #db: Sqlite;
  readonly #folders: Folders;
  readonly #clock: Clock;
  readonly #logs: PieceLogs;
  readonly #putInPlace: (path: string, key: string) => Promise<void>;
  readonly #activities = new UploadActivities();

  constructor(
    folder: string,
    db: Sqlite,
    folders: Folders,
    clock: Clock,
    logs: PieceLogs,
    putInPlace: (path: string, key: string) => Promise<void>,
  ) {
    this.#folder = folder;
    this.#db = db;
    this.#folders = folders;
    this.#clock = clock;
    this.#logs = logs;
    this.#putInPlace = putInPlace;
  }

  /** Ends abandoned uploads and removes unreferenced files. */
  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.endAbandoned();
    const uploads = this.#db.all<{ id: string }>('SELECT id FROM multiparts').map(row => row.id);
    const besides = this.#db.all<{ beside: string }>('SELECT beside FROM parts WHERE beside IS NOT NULL');
    const wanted = new Set([...uploads, ...besides.map(row => row.beside)]);
    for (const name of await readdir(this.#folder)) if (!wanted.has(name)) await removeFile(this.#path(name));
  }

  async endAbandoned(): Promise<void> {
    const before = this.#clock.now() - abandonedMilliseconds;
    const sql = 'SELECT id, key FROM multiparts WHERE created_at < ?';
    for (const { id, key } of this.#db.all<{ id: string; key: string }>(sql, before)) await this.abort(key, id);
  }

  async create(key: string, partOctets: number, format?: string): Promise<string> {
    checkFormat(format);
    const id = this.#clock.token();
    const file = await onDisk(open(this.#path(id), 'wx', 0o600));
    await file.close();
    await this.#folders.sync(this.#folder);
    await this.#db.write(db =>
      db.run(
        'INSERT INTO multiparts (id, key, part_octets, format, created_at) VALUES (?, ?, ?, ?, ?)',
        ...[id, key, partOctets, format ?? null, this.#clock.now()],
      ),
    );
    return id;
  }

  partOctets(key: string, id: string): number | undefined {
    return this.#find(key, id)?.part_octets;
  }

  parts(key: string, id: string): Part[] {
    const rows = this.#find(key, id) ? this.#rows(id) : [];
    return rows.map(({ part, etag, octets }) => ({ part, etag, octets }));
  }

  put(key: string, id: string, part: number, bytes: Uint8Array | Readable): Promise<string> {
    return this.#activities.write(id, async activity => {
      const row = this.#find(key, id);
      if (!row || activity.isOver) throw gone();
      const isNumber = Number.isInteger(part) && 1 <= part && part <= maximumParts;
      if (!isNumber) throw new PrintError('bad-value', `Invalid part number ${part}: use 1 to ${maximumParts}.`);
      const isPut = activity.inPlace.has(part) || this.#rows(id).some(known => known.part === part);
      const isTaken = isPut || row.pieces_of !== null;
      return isTaken
        ? await this.#putBeside(row, part, bytes, activity)
        : await this.#putAtItsPlace(row, part, bytes, activity);
    });
  }

  /** Adopts the data file of a session's pieces. Idempotent; call before any part is put. */
  adopt(key: string, id: string, session: UploadId): Promise<void> {
    return this.#activities.write(id, async activity => {
      const row = this.#find(key, id);
      if (!row || activity.isOver) throw gone();
      if (row.pieces_of) return;
      const second = this.#path(`${id}.${this.#clock.token()}`);
      await onDisk(link(`${this.#logs.pathOf(session)}.data`, second));
      await onDisk(rename(second, this.#path(id)));
      // renaming one hard link over another of the same file leaves both
      await removeFile(second);
      await this.#folders.sync(this.#folder);
      await this.#db.write(db => db.run('UPDATE multiparts SET pieces_of = ? WHERE id = ?', session, id));
    });
  }

  /** Records a part whose octets are synced at their offset. A lost record is written again. */
  noteInPlace(key: string, id: string, part: number, runs: Run[]): Promise<string> {
    return this.#activities.write(id, async activity => {
      const row = this.#find(key, id);
      if (!row?.pieces_of || activity.isOver) throw gone();
      const octets = runs.reduce((sum, { from, to }) => sum + to - from, 0);
      const etag = `"${madeOf(runs).slice(0, 32)}"`;
      return await this.#record(row, { part, octets, etag, beside: null }, activity, { relaxed: true });
    });
  }

  /** Returns `gone` if there is no such upload, also after it was completed. */
  complete(key: string, id: string, parts: Part[]): Promise<{ octets: number } | 'part-changed' | 'gone'> {
    return this.#activities.end(id, async activity => {
      const row = this.#find(key, id);
      if (!row) return 'gone';
      const chosen = choose(parts, this.#rows(id), row.part_octets);
      if (chosen === 'part-changed') return chosen;
      await stopWriters(activity);
      if (row.pieces_of) await this.#logs.use(row.pieces_of, log => log.seal());
      const octets = await this.#assemble(row, chosen);
      if (octets !== undefined) await this.#putInPlace(this.#path(id), key);
      await this.#forget(id);
      return octets === undefined ? 'gone' : { octets };
    });
  }

  abort(key: string, id: string): Promise<void> {
    return this.#activities.end(id, async activity => {
      if (!this.#find(key, id)) return;
      await stopWriters(activity);
      await this.#forget(id);
      await removeFile(this.#path(id));
    });
  }

  async #putAtItsPlace(
    row: Row,
    part: number,
    bytes: Uint8Array | Readable,
    activity: UploadActivity,
  ): Promise<string> {
    activity.inPlace.add(part);
    try {
      const file = await ifThere(open(this.#path(row.id), 'r+'));
      if (!file) throw gone();
      const written = await this.#write(file, bytes, (part - 1) * row.part_octets, row.part_octets, activity);
      return await this.#record(row, { part, ...written, beside: null }, activity);
    } finally {
      activity.inPlace.delete(part);
    }
  }

  async #putBeside(row: Row, part: number, bytes: Uint8Array | Readable, activity: UploadActivity): Promise<string> {
    const beside = `${row.id}.${part}.${this.#clock.token()}`;
    const file = await onDisk(open(this.#path(beside), 'wx', 0o600));
    try {
      const written = await this.#write(file, bytes, 0, row.part_octets, activity);
      await this.#folders.sync(this.#folder);
      return await this.#record(row, { part, ...written, beside }, activity);
    } catch (error) {
      await removeFile(this.#path(beside));
      throw error;
    }
  }

  /** Also closes the file. */
  async #write(file: FileHandle, bytes: Uint8Array | Readable, place: number, limit: number, activity: UploadActivity) {
    try {
      const write = async (chunks: Uint8Array[], position: number) => {
        if (activity.isOver) throw gone();
        const writing = writeAllAt(file, chunks, place + position);
        activity.writes.add(writing);
        await writing.finally(() => activity.writes.delete(writing));
      };
      const { octets, sha256 } = await writeStream(bytes, write, limit);
      await onDisk(file.datasync());
      return { octets, etag: `"${sha256.slice(0, 32)}"` };
    } finally {
      await file.close();
    }
  }

  async #record(row: Row, part: PartRow, activity: UploadActivity, options?: WriteOptions): Promise<string> {
    const replaced = await this.#db.write(db => {
      if (activity.isOver || !this.#find(row.key, row.id)) throw gone();
      const before = this.#rows(row.id).find(known => known.part === part.part);
      db.run(
        'INSERT OR REPLACE INTO parts (multipart, part, etag, octets, beside) VALUES (?, ?, ?, ?, ?)',
        ...[row.id, part.part, part.etag, part.octets, part.beside],
      );
      return before?.beside;
    }, options);
    if (replaced) await removeFile(this.#path(replaced));
    return part.etag;
  }

  /** Renames the upload's file to the document; undefined if a crash interrupted an earlier call after its rename. */
  async #assemble(row: Row, parts: PartRow[]): Promise<number | undefined> {
    const file = await ifThere(open(this.#path(row.id), 'r+'));
    if (!file) return undefined;
    try {
      // drop the rows of the parts cut off below first, so that a crash in between leaves no row without octets
      await this.#db.write(db => db.run('DELETE FROM parts WHERE multipart = ? AND part > ?', row.id, parts.length));
      for (const { part, beside } of parts) {
        if (!beside) continue;
        const place = (part - 1) * row.part_octets;
        await writeStream(createReadStream(this.#path(beside)), (chunks, position) =>
          writeAllAt(file, chunks, place + position),
        );
      }
      const octets = parts.reduce((sum, part) => sum + part.octets, 0);
      await onDisk(file.truncate(octets));
      await writeAt(file, trailer(row.format ?? ''), octets);
      await onDisk(file.datasync());
      return octets;
    } finally {
      await file.close();
    }
  }

  async #forget(id: string): Promise<void> {
    const besides = this.#rows(id).flatMap(row => row.beside ?? []);
    await this.#db.write(db => db.run('DELETE FROM multiparts WHERE id = ?', id));
    for (const beside of besides) await removeFile(this.#path(beside));
  }

  #find(key: string, id: string): Row | undefined {
    return this.#db.get<Row>('SELECT * FROM multiparts WHERE id = ? AND key = ?', id, key);
  }

  #rows(id: string): PartRow[] {
    return this.#db.all<PartRow>('SELECT * FROM parts WHERE multipart = ? ORDER BY part', id);
  }

  #path = (name: string) => join(this.#folder, name);
}

/** The stored rows of the requested parts. */
function choose(parts: Part[], stored: PartRow[], partOctets: number): PartRow[] | 'part-changed' {
  const chosen: PartRow[] = [];
  for (const [index, { part, etag }] of parts.entries()) {
    if (part !== index + 1) throw new PrintError('bad-value', 'Invalid parts: number them from 1 without a gap.');
    const found = stored.find(known => known.part === part);
    if (found?.etag.replaceAll('"', '') !== etag.replaceAll('"', '')) return 'part-changed';
    chosen.push(found as PartRow);
  }
  const isShort = chosen.slice(0, -1).some(part => part.octets !== partOctets);
  if (isShort || chosen.length === 0) throw new PrintError('bad-value', 'Invalid parts: only the last may be short.');
  return chosen;
}

const gone = () => new PrintError('not-found', 'No such upload: it was completed, aborted or has expired.');
