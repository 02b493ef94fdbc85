import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { PrintError } from '../../../core/domain/errors.ts';
import type { Piece, Run } from '../../../core/domain/upload-session.ts';
import {
  diskError,
  type Folders,
  ifThere,
  onDisk,
  removeFile,
  settled,
  writeAllAt,
  writeAt,
} from '../documents/durable-files.ts';
import { OctetRanges } from './octet-ranges.ts';
import { type Frame, headerOctets, headerOf } from './piece-frames.ts';
import { octetsOf, type PieceFiles, wholeFrames } from './piece-recovery.ts';

/*
 * The staged pieces of one upload session, in two files. A piece whose octets were not written before goes to `.data`
 * at its offset in the document, so a window without overlaps becomes a part without a copy. A piece that overlaps an
 * earlier one must not change it: its octets go to the log. An identical repeat stores no octets. The append-only log
 * records where each piece is (piece-frames.ts).
 *
 * A piece is on disk before it is acknowledged. Pieces that arrive during a write are batched into the next one; a
 * single client waits for exactly one synced write of both files.
 *
 * Invariant: a batch is written only after the previous one is synced, so acknowledged frames always precede a torn
 * frame. Each header records the position up to which the log was synced when it was written: earlier pieces are whole,
 * later ones may be unacknowledged and are accepted only if their checksum is right. After a crash, the first
 * incomplete frame ends the log, and the next batch overwrites it.
 *
 * A seal, synced, is the last frame: from then on the octets in place belong to a document and never change.
 *
 * Limit: space of overwritten pieces is not reclaimed until the session ends and its files are removed.
 */

/** Maximum size of a batch, which limits the memory of one session. */
const batchOctets = 16 * 1024 * 1024;

interface Waiting {
  piece: Piece;
  bytes: Uint8Array;
  checksum: number;
  /** the same octets are already in place */
  isRepeat: boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class PieceLog {
  readonly #path: string;
  readonly #folders: Folders;
  /** By ordinal: a segment has one piece in each window that it touches. Keyed by numbers, since there are many. */
  readonly #frames = new Map<number, Frame[]>();
  /** frames in place, by offset */
  readonly #placed = new Map<number, Frame>();
  readonly #taken = new OctetRanges();
  #files: PieceFiles | undefined;
  /** the log is synced up to here, as are the octets in place that it refers to */
  #end = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #removal: Promise<void> | undefined;
  #areNamesSynced = false;
  #isSealed = false;
  /** set when the log can no longer be used */
  #refusal: PrintError | undefined;

  private constructor(path: string, folders: Folders) {
    this.#path = path;
    this.#folders = folders;
  }

  /** `path` without extension. */
  static async open(path: string, folders: Folders): Promise<PieceLog> {
    const pieces = new PieceLog(path, folders);
    const isThere = await ifThere(access(`${path}.log`).then(() => true));
    if (isThere) await pieces.#recover();
    return pieces;
  }

  /** Closed or failed: the state on disk is unknown until the log is opened again. */
  get isOver(): boolean {
    return this.#refusal !== undefined;
  }

  /** Resolves when the piece is on disk. Throws `conflict` if the log is sealed or closed. */
  async append(piece: Piece, bytes: Uint8Array): Promise<void> {
    const checksum = crc32(bytes);
    const isRepeat = await this.#isInPlaceAlready(piece, bytes, checksum);
    if (this.#isSealed) throw sealed();
    if (this.#refusal) throw this.#refusal;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ piece, bytes, checksum, isRepeat, resolve, reject });
    this.#writing ??= this.#writeWaiting();
    await promise;
  }

  pieces(): Piece[] {
    return [...this.#frames.values()].flat().map(({ offset, octets, ordinal }) => ({ offset, octets, ordinal }));
  }

  /** The highest ordinal, and the number of octets received. */
  reached(): { ordinal: number; octets: number } {
    const reached = { ordinal: 0, octets: 0 };
    for (const { ordinal, octets } of [...this.#frames.values()].flat()) {
      reached.ordinal = Math.max(reached.ordinal, ordinal);
      reached.octets += octets;
    }
    return reached;
  }

  /** Whether all octets of these runs are in place. */
  areInPlace(runs: Run[]): boolean {
    return runs.every(run => this.#find(run.piece)?.kind === 'in-place');
  }

  /** Undefined if there is no such piece, or the log is closed. A log that is closed meanwhile waits for the read. */
  async read(piece: Piece): Promise<Uint8Array | undefined> {
    const frame = this.#find(piece);
    if (!frame || !this.#files) return undefined;
    const bytes = await octetsOf(frame, this.#files);
    if (crc32(bytes) === frame.checksum) return bytes;
    throw new PrintError('internal', 'A stored segment is corrupt: its checksum does not match.');
  }

  /** Rejects all further pieces and waits for running writes. Idempotent. */
  async seal(): Promise<void> {
    if (this.#isSealed) return;
    this.#isSealed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(sealed());
    await this.#writing;
    const files = await this.#open();
    const frame: Frame = { kind: 'seal', offset: 0, octets: 0, ordinal: 0, checksum: 0, at: 0 };
    await writeAt(files.log, headerOf(frame, this.#end), this.#end);
    await onDisk(files.log.datasync());
  }

  /** Rejects all further pieces from now on and waits for running writes. */
  async close(): Promise<void> {
    this.#refusal = new PrintError('conflict', 'The upload has ended. Start a new one.');
    for (const { reject } of this.#waiting.splice(0)) reject(this.#refusal);
    await this.#writing;
    const files = this.#files;
    this.#files = undefined;
    await files?.log.close();
    await files?.data.close();
  }

  /** Closes the log and removes its files. Idempotent. */
  remove(): Promise<void> {
    this.#removal ??= this.#remove();
    return this.#removal;
  }

  async #remove(): Promise<void> {
    await this.close();
    for (const extension of extensions) await removeFile(this.#path + extension);
    await this.#folders.sync(dirname(this.#path));
  }

  async #open(): Promise<PieceFiles> {
    if (this.#files) return this.#files;
    const [log, data] = await Promise.all(extensions.map(extension => openOrMake(this.#path + extension)));
    this.#files = { log, data } as PieceFiles;
    return this.#files;
  }

  /** Compares octet for octet, since equal checksums prove nothing. */
  async #isInPlaceAlready(piece: Piece, bytes: Uint8Array, checksum: number): Promise<boolean> {
    const known = this.#placed.get(piece.offset);
    if (known?.octets !== piece.octets || known.checksum !== checksum || !this.#files) return false;
    return Buffer.compare(await octetsOf(known, this.#files), bytes) === 0;
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#write(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        await this.#undo();
        for (const { reject } of batch) reject(error);
      }
    }
    // cleared synchronously with the check of the queue, or a piece that arrives in between would wait for ever
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
    const { log, data } = await this.#open();
    const frames: Frame[] = [];
    const logged: Uint8Array[] = [];
    const placed: Promise<void>[] = [];
    let end = this.#end;
    for (const { piece, bytes, checksum, isRepeat } of batch) {
      const isFree = !isRepeat && this.#taken.take(piece.offset, piece.offset + piece.octets);
      const kind = isRepeat || isFree ? 'in-place' : 'in-log';
      const body = end + headerOctets;
      const frame: Frame = { ...piece, kind, at: kind === 'in-place' ? piece.offset : body, checksum };
      frames.push(frame);
      logged.push(headerOf(frame, this.#end));
      end = body;
      if (isFree) placed.push(writeAt(data, bytes, frame.at));
      if (kind === 'in-place') continue;
      logged.push(bytes);
      end += bytes.length;
    }
    await settled([writeAllAt(log, logged, this.#end), ...placed]);
    const syncs = syncedByWriting ? [] : [onDisk(log.datasync()), onDisk(data.datasync())];
    if (!this.#areNamesSynced) syncs.push(this.#folders.sync(dirname(this.#path)));
    await settled(syncs);
    this.#areNamesSynced = true;
    this.#end = end;
    for (const frame of frames) this.#keep(frame);
  }

  #find({ offset, octets, ordinal }: Piece): Frame | undefined {
    return this.#frames.get(ordinal)?.find(frame => frame.offset === offset && frame.octets === octets);
  }

  #keep(frame: Frame): void {
    const others = (this.#frames.get(frame.ordinal) ?? []).filter(other => other.offset !== frame.offset);
    this.#frames.set(frame.ordinal, [...others, frame]);
    if (frame.kind === 'in-place') this.#placed.set(frame.offset, frame);
  }

  /**
   * After a failed write or sync the state on disk is unknown: truncates to the last synced position, or closes the
   * log.
   */
  async #undo(): Promise<void> {
    this.#taken.clear();
    for (const { at, octets } of this.#placed.values()) this.#taken.take(at, at + octets);
    await this.#files?.log.truncate(this.#end).catch(cause => {
      this.#refusal = diskError(cause);
    });
  }

  /** Syncs recovered frames, since callers rely on them. */
  async #recover(): Promise<void> {
    const files = await this.#open();
    const { frames, end, isSealed } = await wholeFrames(files);
    for (const frame of frames) this.#keep(frame);
    for (const { at, octets } of this.#placed.values()) this.#taken.take(at, at + octets);
    this.#end = end;
    this.#isSealed = isSealed;
    if (isSealed) return;
    await onDisk(files.log.truncate(end));
    await onDisk(files.log.sync());
    await onDisk(files.data.sync());
    await this.#folders.sync(dirname(this.#path));
    this.#areNamesSynced = true;
  }
}

/**
 * On Linux one call writes and syncs, which saves a thread switch. Elsewhere the flag does not exist, or does not flush
 * the drive's cache.
 */
const syncedByWriting = process.platform === 'linux' ? constants.O_DSYNC : 0;

const extensions = ['.log', '.data'];
const sealed = () => new PrintError('conflict', 'The upload was submitted and accepts no more segments.');

const openOrMake = (path: string) => onDisk(open(path, constants.O_RDWR | constants.O_CREAT | syncedByWriting, 0o600));
