import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { PrintError } from '../domain/errors.ts';
import type { Piece } from '../domain/upload-session.ts';
import { type Folders, ifThere, onDisk, removeFile } from './durable-files.ts';

/*
 * The staged pieces of one upload session, as one file that only grows: a piece is a frame, a header and its octets.
 *
 * Why a log: a piece must be on disk before it is acknowledged, and a file of its own would cost a sync of the file
 * and one of the folder for each 500 kB. Here pieces that come while a sync runs wait and go out together, in one
 * write and one fdatasync; one client alone waits for exactly one fdatasync.
 *
 * What always holds: a batch is written only after the one before it is synced, so everything acknowledged stands
 * before anything torn. Each header also tells up to where the log was synced when it was written: what lies before
 * that is whole, what lies behind was perhaps never acknowledged and is believed only if its checksum is right.
 * After a crash the first frame that is not whole ends the log, and the next batch is written over it.
 *
 * What it cannot do: give back the space of pieces that later ones cover. The file goes when the session ends.
 */

const mark = 0x504c5031;
const headerOctets = 44;
/** Of a batch, so that one session does not keep much memory waiting. */
const batchOctets = 16 * 1024 * 1024;

interface Frame extends Piece {
  /** where its octets stand in the file */
  at: number;
  checksum: number;
}

interface Waiting {
  piece: Piece;
  bytes: Uint8Array;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class PieceLog {
  readonly #path: string;
  readonly #folders: Folders;
  readonly #frames = new Map<string, Frame>();
  #file: FileHandle | undefined;
  /** everything before this is synced */
  #end = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #removal: Promise<void> | undefined;
  #isNameSynced = false;
  /** set once nothing more is taken in */
  #refusal: PrintError | undefined;

  private constructor(path: string, folders: Folders) {
    this.#path = path;
    this.#folders = folders;
  }

  static async open(path: string, folders: Folders): Promise<PieceLog> {
    const log = new PieceLog(path, folders);
    log.#file = await ifThere(open(path, 'r+'));
    if (log.#file) await log.#recover(log.#file);
    return log;
  }

  /** Of no use any more: closed, or unsure of what is on disk. Opened again, it finds out. */
  get isOver(): boolean {
    return this.#refusal !== undefined;
  }

  /** Resolves once the piece is on disk. */
  append(piece: Piece, bytes: Uint8Array): Promise<void> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ piece, bytes, resolve, reject });
    this.#writing ??= this.#writeWaiting();
    return promise;
  }

  pieces(): Piece[] {
    return [...this.#frames.values()].map(({ offset, octets, ordinal }) => ({ offset, octets, ordinal }));
  }

  async read(piece: Piece): Promise<Uint8Array | undefined> {
    const frame = this.#frames.get(nameOf(piece));
    if (!frame || !this.#file) return undefined;
    const bytes = await readAt(this.#file, frame.at, frame.octets);
    if (crc32(bytes) !== frame.checksum) throw new PrintError('internal', 'A stored segment was damaged on disk.');
    return bytes;
  }

  /** Nothing is taken in from here on; what is being written is waited for. */
  async close(): Promise<void> {
    this.#refusal = new PrintError('conflict', 'The upload has ended.');
    for (const { reject } of this.#waiting.splice(0)) reject(this.#refusal);
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Closes it and removes the file; the second time is the first. */
  remove(): Promise<void> {
    this.#removal ??= this.#remove();
    return this.#removal;
  }

  async #remove(): Promise<void> {
    await this.close();
    await removeFile(this.#path);
    await this.#folders.sync(dirname(this.#path));
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#write(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // after a failed sync nobody knows what is on disk: cut back to what is, or take in nothing more
        await this.#file?.truncate(this.#end).catch(cause => {
          this.#refusal = new PrintError('internal', 'The storage could not do this.', { cause });
        });
        for (const { reject } of batch) reject(error);
      }
    }
    // in the same turn as the look at what waits, or a piece that comes in between would wait for ever
    this.#writing = undefined;
  }

  #takeBatch(): Waiting[] {
    let octets = 0;
    const firstBeyond = this.#waiting.findIndex((waiting, index) => {
      octets += waiting.bytes.length;
      return index > 0 && octets > batchOctets;
    });
    return this.#waiting.splice(0, firstBeyond < 0 ? this.#waiting.length : firstBeyond);
  }

  async #write(batch: Waiting[]): Promise<void> {
    this.#file ??= await onDisk(open(this.#path, 'wx+', 0o600));
    const frames: Frame[] = [];
    const buffers: Uint8Array[] = [];
    let at = this.#end;
    for (const { piece, bytes } of batch) {
      const frame = { ...piece, at: at + headerOctets, checksum: crc32(bytes) };
      frames.push(frame);
      buffers.push(headerOf(frame, this.#end), bytes);
      at = frame.at + bytes.length;
    }
    const { bytesWritten } = await onDisk(this.#file.writev(buffers, this.#end));
    if (bytesWritten !== at - this.#end) throw new PrintError('internal', 'The storage is full.');
    await onDisk(this.#file.datasync());
    if (!this.#isNameSynced) await this.#folders.sync(dirname(this.#path));
    this.#isNameSynced = true;
    this.#end = at;
    for (const frame of frames) this.#frames.set(nameOf(frame), frame);
  }

  /** Finds the frames that are whole, and syncs them: whoever is told of them may build on them. */
  async #recover(file: FileHandle): Promise<void> {
    const { size } = await onDisk(file.stat());
    const found: (Frame & { syncedTo: number })[] = [];
    for (let at = 0; at + headerOctets <= size; ) {
      const frame = parseHeader(await readAt(file, at, headerOctets), at + headerOctets);
      if (!frame || frame.at + frame.octets > size) break;
      found.push(frame);
      at = frame.at + frame.octets;
    }
    const syncedTo = found.at(-1)?.syncedTo ?? 0;
    for (const frame of found) {
      const isSynced = frame.at + frame.octets <= syncedTo;
      if (!isSynced && crc32(await readAt(file, frame.at, frame.octets)) !== frame.checksum) break;
      this.#frames.set(nameOf(frame), frame);
      this.#end = frame.at + frame.octets;
    }
    await onDisk(file.truncate(this.#end));
    await onDisk(file.sync());
    await this.#folders.sync(dirname(this.#path));
    this.#isNameSynced = true;
  }
}

const nameOf = (piece: Piece) => `${piece.offset}-${piece.octets}-${piece.ordinal}`;

function headerOf(frame: Frame, syncedTo: number): Buffer {
  const header = Buffer.alloc(headerOctets);
  header.writeUInt32BE(mark, 0);
  header.writeUInt32BE(frame.checksum, 8);
  header.writeDoubleBE(frame.octets, 12);
  header.writeDoubleBE(frame.offset, 20);
  header.writeDoubleBE(frame.ordinal, 28);
  header.writeDoubleBE(syncedTo, 36);
  header.writeUInt32BE(crc32(header.subarray(8)), 4);
  return header;
}

function parseHeader(header: Buffer, at: number): (Frame & { syncedTo: number }) | undefined {
  const isWhole = header.readUInt32BE(0) === mark && header.readUInt32BE(4) === crc32(header.subarray(8));
  if (!isWhole) return undefined;
  return {
    at,
    checksum: header.readUInt32BE(8),
    octets: header.readDoubleBE(12),
    offset: header.readDoubleBE(20),
    ordinal: header.readDoubleBE(28),
    syncedTo: header.readDoubleBE(36),
  };
}

async function readAt(file: FileHandle, at: number, octets: number): Promise<Buffer> {
  const { buffer, bytesRead } = await onDisk(file.read(Buffer.allocUnsafe(octets), 0, octets, at));
  return buffer.subarray(0, bytesRead);
}
