import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PrintError } from '../../../core/domain/errors.ts';

/** `internal` for a failed file operation. Clients see the system's error code, and the log the cause with its path. */
export function diskError(cause: unknown): PrintError {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  const message = code === 'ENOSPC' ? 'The disk of the server is full.' : `The storage failed (${code}).`;
  return new PrintError('internal', message, { cause });
}

/** Wraps disk errors with `diskError`. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw diskError(error);
  }
}

/** Returns undefined if the file does not exist. */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw diskError(error);
  }
}

export const removeFile = (path: string) => ifThere(unlink(path));

/** Writes all octets at `position`; a single system call may write fewer. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await onDisk(file.write(bytes, done, bytes.length - done, position + done));
    done += bytesWritten;
  }
}

/** Writes all chunks one after another, with one system call if possible. */
export async function writeAllAt(file: FileHandle, chunks: Uint8Array[], position: number): Promise<void> {
  const octets = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await onDisk(file.writev(chunks, position));
  if (bytesWritten < octets) await writeAt(file, Buffer.concat(chunks).subarray(bytesWritten), position + bytesWritten);
}

/** Returns fewer octets if the file ends earlier. */
export async function readAt(file: FileHandle, position: number, octets: number): Promise<Buffer> {
  const { buffer, bytesRead } = await onDisk(file.read(Buffer.allocUnsafe(octets), 0, octets, position));
  return buffer.subarray(0, bytesRead);
}

/** Waits for every promise to settle, then rethrows the first failure, so no write is still running on return. */
export async function settled(works: Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(works);
  const failed = outcomes.find(outcome => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Most folders hold one document. A folder dropped from this cache is only synced once more. */
const knownFolders = 10_000;

/**
 * Makes file names durable: creating, renaming or removing a file is durable only after its folder is synced.
 * Concurrent callers share a sync that starts after their call.
 */
export class Folders {
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #known = new Set<string>();

  sync(folder: string): Promise<void> {
    const waiting = this.#waiting.get(folder);
    if (waiting) return waiting;
    // a sync that already runs may miss the caller's change
    const previous = this.#running.get(folder) ?? Promise.resolve();
    const next = previous.then(
      () => this.#begin(folder),
      () => this.#begin(folder),
    );
    this.#waiting.set(folder, next);
    return next;
  }

  /**
   * Creates a folder below `root`, durably. Syncs the names of existing folders too, since they may have been created
   * just before a crash.
   */
  async make(folder: string, root: string): Promise<void> {
    if (this.#known.has(folder)) return;
    await onDisk(mkdir(folder, { recursive: true, mode: 0o700 }));
    const made: string[] = [];
    for (let inner = folder; inner !== root && !this.#known.has(inner); inner = dirname(inner)) made.push(inner);
    await settled(made.map(inner => this.sync(dirname(inner))));
    if (this.#known.size > knownFolders) this.forget();
    for (const inner of made) this.#known.add(inner);
  }

  /** Clears the cache after folders were removed. */
  forget(): void {
    this.#known.clear();
  }

  #begin(folder: string): Promise<void> {
    this.#waiting.delete(folder);
    const running = onDisk(syncFolder(folder)).finally(() => {
      if (this.#running.get(folder) === running) this.#running.delete(folder);
    });
    this.#running.set(folder, running);
    return running;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
