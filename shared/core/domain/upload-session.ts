import { hash } from 'node:crypto';
import type { StoredDocument } from './document.ts';
import type { CompanyId, UploadId } from './ids.ts';

/*
 * One document on its way in, in segments of any size, at any offset, in any order, repeated or overlapping.
 *
 * Octets are counted in windows of `windowOctets`; window n becomes part n + 1 of the stored document. A segment is
 * cut at window borders and each piece is staged by itself under a name that tells its place and its ordinal: the
 * order in which the store saw the requests, so that "later octets win" has one answer. The listing of the staged
 * pieces is the only index. A window whose pieces leave no hole is composed into its part as soon as it is seen to be
 * full; what was composed is remembered by the names of its pieces, so that a piece that came later, or was late to
 * show up, makes the part out of date instead of wrong.
 *
 * It cannot tell that a document is complete: only the submit says so. A hole below the highest octet is an error.
 *
 * A session that is submitted takes no more segments before its pieces are listed: it is `closing`, and opens again if
 * there are holes; once its size is settled it is `closed`, which leads to `completed` and never back. A segment looks
 * at its session once more after its pieces are stored, and is acknowledged only if that is open: then whatever lists
 * the pieces later sees them (docs/decisions/0041-closing.md).
 */

/** 8 MiB: above S3's least part size of 5 MiB, and 10,000 of them hold far more than a document may. */
export const windowOctets = 8 * 1024 * 1024;

/** An upload whose parts go to the store itself, on addresses that we sign: no octet of it passes a function. */
export interface DirectUpload {
  /** as the client announced them; the last part has what is left */
  octets: number;
  partOctets: number;
  /** lower-case hex, when the client knows it beforehand */
  sha256?: string;
}

export type UploadState = 'open' | 'closing' | 'closed' | 'completed' | 'aborted' | 'expired';

/** States of a session that has not come to its end: it counts in its company's quota, and expires. */
export const statesUnderWay: readonly UploadState[] = ['open', 'closing', 'closed'];

export const isUnderWay = ({ state }: Pick<UploadSession, 'state'>) => statesUnderWay.includes(state);

export interface UploadSession {
  id: UploadId;
  companyId: CompanyId;
  state: UploadState;
  /** raised with each segment; orders overlapping ones */
  ordinal: number;
  createdAt: number;
  expiresAt: number;
  /** where the document stands once completed, as the client sent it: still compressed if the client compressed it */
  key: string;
  /** once closed */
  octets?: number;
  /** known at once for small documents; large ones are measured when they are prepared */
  document?: StoredDocument;
  /** octets taken in so far, repeats counted again; a hint at when a window may be full, and no more than that */
  stagedOctets: number;
  /** what it has of its company's quota while it is open, in octets */
  reservedOctets: number;
  /** for people; what a job made of it is called unless it says otherwise */
  name?: string;
  direct?: DirectUpload;
  /** the store's id of the multipart upload, once a first part was composed */
  multipartId?: string;
  version: number;
}

/** A staged piece: octets [offset, offset + octets) of the document, all inside one window. */
export interface Piece {
  offset: number;
  octets: number;
  ordinal: number;
}

/** A window that was composed into its part: what the store calls the part, and of which runs it was made. */
export interface ComposedPart {
  part: number;
  etag: string;
  madeOf: string;
}

/** A run of octets [from, to) taken from one piece. */
export interface Run {
  from: number;
  to: number;
  piece: Piece;
}

export const windowOf = (offset: number) => Math.floor(offset / windowOctets);

/** Cuts a segment at window borders: the octets [start, end) of the segment, and where they stand in the document. */
export function cutAtWindows(offset: number, octets: number): { offset: number; start: number; end: number }[] {
  const cuts = [];
  for (let start = 0; start < octets; ) {
    const at = offset + start;
    const end = Math.min(octets, start + windowOctets - (at % windowOctets));
    cuts.push({ offset: at, start, end });
    start = end;
  }
  return cuts;
}

/**
 * Which piece gives each octet: sorted runs that do not overlap, the highest ordinal winning.
 * n pieces take O(n log n) plus, for each run that is cut, the runs that it cuts.
 */
export function layOut(pieces: Piece[]): Run[] {
  const runs: Run[] = [];
  for (const piece of pieces.toSorted((a, b) => a.ordinal - b.ordinal)) insert(runs, piece);
  return runs;
}

/** Puts a later piece over what is there: what it covers goes, what it touches at an edge is cut. */
function insert(runs: Run[], piece: Piece): void {
  const from = piece.offset;
  const to = piece.offset + piece.octets;
  if (from === to) return;
  const first = firstEndingBeyond(runs, from);
  let last = first;
  const kept: Run[] = [];
  for (; last < runs.length && (runs[last] as Run).from < to; last++) {
    const run = runs[last] as Run;
    if (run.from < from) kept.push({ ...run, to: from });
    if (run.to > to) kept.push({ ...run, from: to });
  }
  const before = kept.filter(run => run.from < from);
  const after = kept.filter(run => run.from >= to);
  runs.splice(first, last - first, ...before, { from, to, piece }, ...after);
}

/** What of sorted runs stands before octet `end`. */
export function runsBefore(runs: Run[], end: number): Run[] {
  return runs.filter(run => run.from < end).map(run => ({ ...run, to: Math.min(run.to, end) }));
}

/** Index of the first of sorted ranges that ends beyond `octet`. */
export function firstEndingBeyond(ranges: readonly { to: number }[], octet: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as { to: number }).to <= octet) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The octets of runs that follow each other without a hole. */
export async function octetsOf(runs: Run[], read: (piece: Piece) => Promise<Uint8Array>): Promise<Uint8Array> {
  const cuts = await Promise.all(
    runs.map(async ({ from, to, piece }) => (await read(piece)).subarray(from - piece.offset, to - piece.offset)),
  );
  return cuts.length === 1 ? (cuts[0] as Uint8Array) : Buffer.concat(cuts);
}

/** The ranges [from, to) between `start` and the end of the last run that no run covers. */
export function holesIn(runs: Run[], start = 0): { from: number; to: number }[] {
  const holes = [];
  let reached = start;
  for (const run of runs) {
    if (run.from > reached) holes.push({ from: reached, to: run.from });
    reached = Math.max(reached, run.to);
  }
  return holes;
}

/** Whether the runs of window `window` fill it to its border. */
export function isFullWindow(window: number, runs: Run[]): boolean {
  const start = window * windowOctets;
  return runs.at(-1)?.to === start + windowOctets && holesIn(runs, start).length === 0;
}

/**
 * Names the runs that a part is made of, so that a part made of others is seen to be out of date. Segments may be tiny
 * and the runs of a window many thousands, so what names them is their digest.
 */
export function madeOf(runs: Run[]): string {
  const words = runs.map(run => `${run.from}-${run.to}@${run.piece.offset}.${run.piece.ordinal}`);
  return hash('sha256', words.join());
}

/** Sorts runs into their windows. Pieces never cross a border, so runs do not either. */
export function runsByWindow(runs: Run[]): Map<number, Run[]> {
  return Map.groupBy(runs, run => windowOf(run.from));
}

/** How many parts a direct upload has. An empty document has none and cannot be uploaded. */
export const partCount = ({ octets, partOctets }: DirectUpload) => Math.ceil(octets / partOctets);

/** How many octets part `part`, counted from 1, must have. */
export function octetsOfPart({ octets, partOctets }: DirectUpload, part: number): number {
  return Math.min(partOctets, octets - (part - 1) * partOctets);
}
