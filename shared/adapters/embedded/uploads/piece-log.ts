import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { PrintError } from '../../../core/domain/errors.ts';
import type { Piece, Run } from '../../../core/domain/upload-session.ts';
import { type Folders, ifThere, onDisk, removeFile, settled, writeAllAt, writeAt } from '../documents/durable-files.ts';
import { OctetRanges } from './octet-ranges.ts';
import { type Frame, headerOctets, headerOf } from './piece-frames.ts';
import { isWhole, octetsOf, type PieceFiles, wholeFrames } from './piece-recovery.ts';

/*
 * The staged pieces of one upload session, in two files. A piece whose octets nobody wrote before is written where it
 * will stand in the document, into `.data`, so that a window without overlaps need not be copied to become a part. A
 * piece that overlaps an earlier one may not touch it: its octets go into the log. A piece that repeats one octet for
 * octet needs none of its own. The log, which only grows, says of each piece where it is (piece-frames.ts).
 *
 * A piece must be on disk before it is acknowledged. Pieces that come while others are written wait and go out together;
 * one client alone waits for exactly one synced write, of both files at once.
 *
 * What always holds: a batch is written only after the one before it is synced, so everything acknowledged stands
 * before anything torn. Each header also tells up to where the log was synced when it was written: pieces before that
 * are whole, pieces behind were perhaps never acknowledged and are believed only if their checksum is right. After a
 * crash the first frame that is not whole ends the log, and the next batch is written over it.
 *
 * A seal, synced, is the last frame: from then on the octets in place are those of a document, and nobody's to change.
 *
 * What it cannot do: give back the space of pieces that later ones cover. The files go when the session ends.
 */

/** Of a batch, so that one session does not keep much memory waiting. */
const batchOctets = 16 * 1024 * 1024;

interface Waiting {
  piece: Piece;
  bytes: Uint8Array;
  checksum: number;
  /** the same octets stand in place already */
  isRepeat: boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class PieceLog {
  readonly #path: string;
  readonly #folders: Folders;
  /** by ordinal: a segment has a piece in each window that it touches. Keys are numbers, since there are many. */
  readonly #frames = new Map<number, Frame[]>();
  /** what stands in place, by offset */
  readonly #placed = new Map<number, Frame>();
  readonly #taken = new OctetRanges();
  #files: PieceFiles | undefined;
  /** everything of the log before this is synced, and the octets in place that it tells of */
  #end = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #removal: Promise<void> | undefined;
  #areNamesSynced = false;
  #isSealed = false;
  /** set once it is of no use any more */
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

  /** Of no use any more: closed, or unsure of what is on disk. Opened again, it finds out. */
  get isOver(): boolean {
    return this.#refusal !== undefined;
  }

  /** Resolves once the piece is on disk. `conflict` once it is sealed or over. */
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

  /** The highest ordinal, and how many octets were sent. */
  reached(): { ordinal: number; octets: number } {
    const reached = { ordinal: 0, octets: 0 };
    for (const { ordinal, octets } of [...this.#frames.values()].flat()) {
      reached.ordinal = Math.max(reached.ordinal, ordinal);
      reached.octets += octets;
    }
    return reached;
  }

  /** Whether all octets of these runs stand in place. */
  areInPlace(runs: Run[]): boolean {
    return runs.every(run => this.#find(run.piece)?.kind === 'in-place');
  }

  async read(piece: Piece): Promise<Uint8Array | undefined> {
    const frame = this.#find(piece);
    if (!frame || !this.#files) return undefined;
    if (await isWhole(frame, this.#files)) return await octetsOf(frame, this.#files);
    throw new PrintError('internal', 'A stored segment was damaged on disk.');
  }

  /** Takes in nothing more, for good; what is being written is waited for. Sealing twice is fine. */
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

  /** Nothing is taken in from here on; what is being written is waited for. */
  async close(): Promise<void> {
    this.#refusal = new PrintError('conflict', 'The upload has ended.');
    for (const { reject } of this.#waiting.splice(0)) reject(this.#refusal);
    await this.#writing;
    const files = this.#files;
    this.#files = undefined;
    await files?.log.close();
    await files?.data.close();
  }

  /** Closes it and removes the files; the second time is the first. */
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

  /** Compared octet for octet: a checksum is no proof. */
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

  /** After a failed write or sync nobody knows what is on disk: cut back to what is, or take in nothing more. */
  async #undo(): Promise<void> {
    this.#taken.clear();
    for (const { at, octets } of this.#placed.values()) this.#taken.take(at, at + octets);
    await this.#files?.log.truncate(this.#end).catch(cause => {
      this.#refusal = new PrintError('internal', 'The storage could not do this.', { cause });
    });
  }

  /** Syncs what is found whole: whoever is told of it may build on it. */
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
 * Linux writes and syncs in one call, which saves waking a thread. Elsewhere the flag is not there, or leaves out the
 * drive's own cache.
 */
const syncedByWriting = process.platform === 'linux' ? constants.O_DSYNC : 0;

const extensions = ['.log', '.data'];
const sealed = () => new PrintError('conflict', 'The file was submitted and takes no more segments.');

const openOrMake = (path: string) => onDisk(open(path, constants.O_RDWR | constants.O_CREAT | syncedByWriting, 0o600));
