import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PrintError } from '../domain/errors.ts';
import { type Piece, type UploadSession, windowOf } from '../domain/upload-session.ts';
import type { PieceStore } from '../ports.ts';
import { Folders, ifThere, removeFile } from './durable-files.ts';
import { PieceLog } from './piece-log.ts';

/** Each has a file open; a session that is asked for again is read in again. */
const openLogs = 64;
/** Sessions live a day; a log that nobody touched for longer belongs to none. */
const abandonedMilliseconds = 7 * 24 * 60 * 60_000;

interface Entry {
  log: Promise<PieceLog>;
  /** calls that are not answered yet */
  users: number;
}

/** Staged pieces in one log per session (piece-log.ts), in one folder. */
export class FilePieces implements PieceStore {
  readonly #folder: string;
  readonly #folders = new Folders();
  /** the least recently used first */
  readonly #logs = new Map<string, Entry>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string, now: number): Promise<FilePieces> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      const file = await ifThere(stat(join(folder, name)));
      if (file && file.mtimeMs < now - abandonedMilliseconds) await removeFile(join(folder, name));
    }
    return new FilePieces(folder);
  }

  put(session: UploadSession, piece: Piece, bytes: Uint8Array): Promise<void> {
    return this.#using(session, log => log.append(piece, bytes));
  }

  list(session: UploadSession, window?: number): Promise<Piece[]> {
    return this.#using(session, async log => {
      const pieces = log.pieces();
      return window === undefined ? pieces : pieces.filter(piece => windowOf(piece.offset) === window);
    });
  }

  read(session: UploadSession, piece: Piece): Promise<Uint8Array> {
    return this.#using(session, async log => {
      const bytes = await log.read(piece);
      if (!bytes) throw new PrintError('not-found', 'The segment is not there any more.');
      return bytes;
    });
  }

  deleteAll(session: UploadSession): Promise<void> {
    return this.#using(session, log => log.remove());
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    const entries = [...this.#logs.values()];
    this.#logs.clear();
    for (const { log } of entries) await log.then(opened => opened.close());
  }

  async #using<T>(session: UploadSession, work: (log: PieceLog) => Promise<T>): Promise<T> {
    const entry = this.#logs.get(session.id) ?? { log: PieceLog.open(this.#path(session), this.#folders), users: 0 };
    this.#logs.delete(session.id);
    this.#logs.set(session.id, entry);
    entry.users++;
    try {
      return await work(await entry.log);
    } finally {
      entry.users--;
      await this.#closeUnused(entry, session.id);
    }
  }

  async #closeUnused(used: Entry, usedId: string): Promise<void> {
    const log = await used.log.catch(() => undefined);
    const isOfNoUse = used.users === 0 && (!log || log.isOver);
    if (isOfNoUse && this.#logs.get(usedId) === used) this.#logs.delete(usedId);
    if (isOfNoUse) await log?.close();
    const tooMany = this.#logs.size - openLogs;
    if (tooMany <= 0) return;
    for (const [id, entry] of [...this.#logs].filter(([, { users }]) => users === 0).slice(0, tooMany)) {
      this.#logs.delete(id);
      await entry.log.then(unused => unused.close());
    }
  }

  #path = (session: UploadSession) => join(this.#folder, `${encodeURIComponent(session.id)}.log`);
}
