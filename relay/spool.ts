import { mkdir, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backoff } from '../shared/protocol/backoff.ts';
import type { Ticket } from '../shared/protocol/relay-protocol.ts';
import { FairSemaphore } from '../shared/protocol/semaphore.ts';
import { log } from '../shared/telemetry/log.ts';
import { syncFolder } from './durable.ts';
import { FetchError, type FetchFailure, fetchDocument, isDocument } from './fetch-document.ts';

/*
 * Documents on their way to paper, one file each: `<job>.<attempt>`, and `<job>.<attempt>.part` until it is whole and
 * verified. A part that a crash left is gone on with if its ticket comes again, and swept after a day if it does not.
 */

/** Downloads run ahead of printing, but not all at once. */
const downloadsAtOnce = 4;
/** Tries before the job fails. What may pass is waited for as long as the cloud keeps the job. */
const triesAtMost: Record<FetchFailure, number> = {
  'address-refused': 5,
  'wrong-document': 3,
  unreachable: Number.POSITIVE_INFINITY,
  'spool-full': Number.POSITIVE_INFINITY,
};
const partMilliseconds = 24 * 60 * 60 * 1000;

/** One document that is wanted. The ticket may be exchanged for a newer one while it is waited for. */
export interface Wanted {
  readonly key: string;
  readonly ticket: Ticket;
  readonly signal: AbortSignal;
  /** Resolves after a while, or as soon as there is news of the job. */
  pause(milliseconds: number): Promise<void>;
  /** Called after each failure that is waited out. */
  onDelay?(error: FetchError): void;
}

/** What the relay needs of it. */
export type DocumentSpool = Pick<Spool, keyof Spool>;

export class Spool {
  readonly #folder: string;
  readonly #backoff: Backoff;
  readonly #askForTicket: (wanted: Wanted) => void;
  /** whether the last document found no room */
  isFull = false;
  readonly #downloads = new FairSemaphore(downloadsAtOnce);
  #syncing: Promise<void> = Promise.resolve();
  #nextSync: Promise<void> | undefined;

  /** `askForTicket`: called when an address has expired. */
  constructor(folder: string, backoff: Backoff, askForTicket: (wanted: Wanted) => void) {
    this.#folder = folder;
    this.#backoff = backoff;
    this.#askForTicket = askForTicket;
  }

  pathOf(key: string): string {
    return join(this.#folder, key);
  }

  /** Makes the folder, and removes what no job needs. */
  async open(isKept: (key: string) => boolean): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const isFreshPart = name.endsWith('.part') && Date.now() - (await stat(path)).mtimeMs < partMilliseconds;
      if (!isFreshPart && !isKept(name)) await rm(path, { force: true });
    }
  }

  /**
   * Brings the document, trying again for as long as it makes sense. Resolves with nothing once it is on disk and
   * verified (its name is durable after `sync`), else with why it never will be. Rejects only when aborted.
   */
  async fetch(wanted: Wanted): Promise<FetchError | undefined> {
    const tries: Partial<Record<FetchFailure, number>> = {};
    let refusedUrl: string | undefined;
    for (let pauses = 0; ; pauses++) {
      // an address is tried once after its refusal has been seen: while there is no newer one, that is no try
      if (wanted.ticket.url !== refusedUrl) {
        const error = await this.#fetchInTurn(wanted);
        wanted.signal.throwIfAborted();
        this.isFull = error?.failure === 'spool-full';
        if (!error) return undefined;
        const { failure, message } = error;
        const count = (tries[failure] ?? 0) + 1;
        tries[failure] = count;
        log.warn('document-not-fetched', { job: wanted.key, failure, message, tries: count });
        if (count >= triesAtMost[failure]) {
          await this.remove(wanted.key);
          return error;
        }
        if (failure === 'address-refused') refusedUrl = wanted.ticket.url;
        wanted.onDelay?.(error);
      }
      if (wanted.ticket.url === refusedUrl) this.#askForTicket(wanted);
      await wanted.pause(this.#backoff(pauses));
      wanted.signal.throwIfAborted();
    }
  }

  /** Makes the names of documents durable. Those who wait meanwhile share the next sync, which sees all of theirs. */
  sync(): Promise<void> {
    this.#nextSync ??= this.#syncing.then(() => {
      this.#nextSync = undefined;
      const syncing = syncFolder(this.#folder);
      this.#syncing = syncing.catch(() => undefined);
      return syncing;
    });
    return this.#nextSync;
  }

  /** Whether the whole, right document is there. */
  async has(key: string, ticket: Pick<Ticket, 'sha256'>): Promise<boolean> {
    return await isDocument(ticket, this.pathOf(key));
  }

  /** What cannot be removed now, or was made of the document and left by a crash, is removed by the next `open`. */
  async remove(key: string): Promise<void> {
    const path = this.pathOf(key);
    try {
      // a part is there only as long as the whole document is not
      if (!(await removeFile(path))) await removeFile(`${path}.part`);
    } catch (error) {
      log.warn('document-not-removed', { job: key, error });
    }
  }

  async #fetchOnce({ key, ticket, signal }: Wanted): Promise<FetchError | undefined> {
    const part = `${this.pathOf(key)}.part`;
    try {
      await fetchDocument(ticket, part, signal);
      await rename(part, this.pathOf(key));
      return undefined;
    } catch (error) {
      const failed = error instanceof FetchError ? error : new FetchError('unreachable', String(error), error);
      // others may need the room more than this half does
      if (failed.failure === 'spool-full') await rm(part, { force: true });
      return failed;
    }
  }

  async #fetchInTurn(wanted: Wanted): Promise<FetchError | undefined> {
    const permit = await this.#downloads.take(wanted.signal);
    try {
      return await this.#fetchOnce(wanted);
    } finally {
      permit.end();
    }
  }
}

/** Whether the file was there. */
async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
