import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PrintError } from '../../../core/domain/errors.ts';

/** Failures of the disk are for the log; a client is told that it is not its fault. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new PrintError('internal', 'The storage could not do this.', { cause: error });
  }
}

/** `undefined` instead of a failure when there is no such file. */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PrintError('internal', 'The storage could not do this.', { cause: error });
  }
}

export const removeFile = (path: string) => ifThere(unlink(path));

/** Writes all of it at its place: the operating system may take less than it is given. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await onDisk(file.write(bytes, done, bytes.length - done, position + done));
    done += bytesWritten;
  }
}

/** Writes all of them one behind the other, in one go if the operating system takes them so. */
export async function writeAllAt(file: FileHandle, chunks: Uint8Array[], position: number): Promise<void> {
  const octets = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await onDisk(file.writev(chunks, position));
  if (bytesWritten < octets) await writeAt(file, Buffer.concat(chunks).subarray(bytesWritten), position + bytesWritten);
}

/** Less than was asked for when the file ends before. */
export async function readAt(file: FileHandle, position: number, octets: number): Promise<Buffer> {
  const { buffer, bytesRead } = await onDisk(file.read(Buffer.allocUnsafe(octets), 0, octets, position));
  return buffer.subarray(0, bytesRead);
}

/** Waits until all have come to an end, and throws what the first of them failed of: nothing goes on behind one's back. */
export async function settled(works: Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(works);
  const failed = outcomes.find(outcome => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Many folders hold one document and go with it; a folder that was forgotten is synced once more. */
const knownFolders = 10_000;

/**
 * Makes names durable: a file that was created, renamed or removed is so for good only after its folder is synced.
 * Callers share: one sync serves all who asked before it began.
 */
export class Folders {
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #known = new Set<string>();

  sync(folder: string): Promise<void> {
    const waiting = this.#waiting.get(folder);
    if (waiting) return waiting;
    // one that runs already may have missed what the caller did
    const previous = this.#running.get(folder) ?? Promise.resolve();
    const next = previous.then(
      () => this.#begin(folder),
      () => this.#begin(folder),
    );
    this.#waiting.set(folder, next);
    return next;
  }

  /** Makes a folder under `root`, durably. One that is there may have been made just before a crash, so its name is synced too. */
  async make(folder: string, root: string): Promise<void> {
    if (this.#known.has(folder)) return;
    await onDisk(mkdir(folder, { recursive: true, mode: 0o700 }));
    const made: string[] = [];
    for (let inner = folder; inner !== root && !this.#known.has(inner); inner = dirname(inner)) made.push(inner);
    await settled(made.map(inner => this.sync(dirname(inner))));
    if (this.#known.size > knownFolders) this.forget();
    for (const inner of made) this.#known.add(inner);
  }

  /** What was made may have been removed. */
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
