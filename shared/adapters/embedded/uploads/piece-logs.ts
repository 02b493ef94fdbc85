import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { UploadId } from '../../../core/domain/ids.ts';
import { Folders, ifThere, removeFile } from '../documents/durable-files.ts';
import { PieceLog } from './piece-log.ts';

/** Each open log holds a file descriptor; closed ones are opened again on demand. */
const openLogs = 64;
/** Older than any session, whose lifetime is a day. */
const abandonedMilliseconds = 3 * 24 * 60 * 60_000;

interface Entry {
  log: Promise<PieceLog>;
  /** calls in progress */
  users: number;
}

/** The piece logs of all sessions (piece-log.ts), in one folder, opened on demand. */
export class PieceLogs {
  readonly #folder: string;
  readonly #folders = new Folders();
  /** least recently used first */
  readonly #logs = new Map<string, Entry>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string, now: number): Promise<PieceLogs> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const logs = new PieceLogs(folder);
    await logs.removeAbandoned(now);
    return logs;
  }

  async use<T>(id: UploadId, work: (log: PieceLog) => Promise<T>): Promise<T> {
    const entry = this.#logs.get(id) ?? { log: PieceLog.open(this.pathOf(id), this.#folders), users: 0 };
    this.#logs.delete(id);
    this.#logs.set(id, entry);
    entry.users++;
    try {
      return await work(await entry.log);
    } finally {
      entry.users--;
      await this.#closeUnused(entry, id);
    }
  }

  /** Without extension. */
  pathOf = (id: UploadId) => join(this.#folder, encodeURIComponent(id));

  /** Removes files not modified for three days. */
  async removeAbandoned(now: number): Promise<void> {
    const open = [...this.#logs.keys()].map(id => this.pathOf(id as UploadId));
    for (const name of await readdir(this.#folder)) {
      if (open.some(path => join(this.#folder, name).startsWith(path))) continue;
      const path = join(this.#folder, name);
      const file = await ifThere(stat(path));
      if (file && file.mtimeMs < now - abandonedMilliseconds) await removeFile(path);
    }
  }

  /** Waits for running writes. */
  async close(): Promise<void> {
    const entries = [...this.#logs.values()];
    this.#logs.clear();
    for (const { log } of entries) await log.then(opened => opened.close());
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
}
