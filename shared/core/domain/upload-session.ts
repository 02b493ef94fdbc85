import { hash } from 'node:crypto';
import type { StoredDocument } from './document.ts';
import type { CompanyId, UploadId } from './ids.ts';

/*
 * One document being uploaded in segments of any size, at any offset, in any order, repeated or overlapping.
 *
 * Octets are counted in windows of `windowOctets`; window n becomes part n + 1 of the stored document. A segment is cut
 * at window borders, and each piece is staged under a name that contains its offset and its ordinal. Ordinals give the
 * order in which the store received the requests, so "later octets win" is well defined. The listing of the staged
 * pieces is the only index. A window without gaps is composed into its part as soon as it is full. The part records the
 * names of its pieces, so a later or late-visible piece makes the part outdated, never wrong.
 *
 * Completeness cannot be inferred: only the submit declares it. A gap below the highest octet is an error.
 *
 * A submitted session accepts no more segments before its pieces are listed: it is `closing`, and reopens if there are
 * gaps. Once its size is settled it is `closed`, which leads to `completed` and never back. A segment reads its session
 * again after its pieces are stored, and is acknowledged only if the session is open, so every later listing sees the
 * pieces (docs/decisions/0019-close-upload-before-listing.md).
 */

/** 8 MiB: above S3's minimum part size of 5 MiB; 10,000 of them exceed the maximum document size. */
export const windowOctets = 8 * 1024 * 1024;

/** An upload whose parts the client sends directly to the store, by presigned addresses. No octet passes a function. */
export interface DirectUpload {
  /** as announced by the client; the last part has the remainder */
  octets: number;
  partOctets: number;
  /** lower-case hex, if the client knows it in advance */
  sha256?: string;
}

export type UploadState = 'open' | 'closing' | 'closed' | 'completed' | 'aborted' | 'expired';

/** States that are not final: the session counts in its company's quota, and expires. */
export const statesUnderWay: readonly UploadState[] = ['open', 'closing', 'closed'];

export const isUnderWay = ({ state }: Pick<UploadSession, 'state'>) => statesUnderWay.includes(state);

export interface UploadSession {
  id: UploadId;
  companyId: CompanyId;
  state: UploadState;
  /** incremented by each segment; orders overlapping ones */
  ordinal: number;
  createdAt: number;
  expiresAt: number;
  /** key of the completed document, as the client sent it: still compressed if the client compressed it */
  key: string;
  /** once closed */
  octets?: number;
  /** known immediately for small documents; large ones are measured when they are prepared */
  document?: StoredDocument;
  /** octets received, including retransmissions; only a hint that a window may be full */
  stagedOctets: number;
  /** share of the company's quota while the session is open */
  reservedOctets: number;
  /** for people; the default name of a job made from the document */
  name?: string;
  direct?: DirectUpload;
  /** the store's multipart upload id, once the first part was composed */
  multipartId?: string;
  version: number;
}

/** A staged piece: octets [offset, offset + octets) of the document, all within one window. */
export interface Piece {
  offset: number;
  octets: number;
  ordinal: number;
}

/** The part composed from a window: the store's etag, and the runs it was composed from. */
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

/** Cuts a segment at window borders: octets [start, end) of the segment, and their offset in the document. */
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
 * The piece that supplies each octet: sorted runs without overlap; the highest ordinal wins. O(n log n) for n pieces,
 * plus the runs that are cut.
 */
export function layOut(pieces: Piece[]): Run[] {
  const runs: Run[] = [];
  for (const piece of pieces.toSorted((a, b) => a.ordinal - b.ordinal)) insert(runs, piece);
  return runs;
}

/** Lays a later piece over the runs: removes what it covers, cuts what it overlaps at an edge. */
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

/** The part of sorted runs before octet `end`. */
export function runsBefore(runs: Run[], end: number): Run[] {
  return runs.filter(run => run.from < end).map(run => ({ ...run, to: Math.min(run.to, end) }));
}

/** Index of the first of sorted ranges that ends after `octet`. */
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

/** Reads the octets of runs that follow each other without a gap. */
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

/** Whether the runs of window `window` fill it. */
export function isFullWindow(window: number, runs: Run[]): boolean {
  const start = window * windowOctets;
  return runs.at(-1)?.to === start + windowOctets && holesIn(runs, start).length === 0;
}

/**
 * Digest of the runs that a part is composed from, to detect an outdated part. A digest, since a window may have many
 * thousands of tiny runs.
 */
export function madeOf(runs: Run[]): string {
  const words = runs.map(run => `${run.from}-${run.to}@${run.piece.offset}.${run.piece.ordinal}`);
  return hash('sha256', words.join());
}

/** Groups runs by window. Pieces never cross a border, so runs do not either. */
export function runsByWindow(runs: Run[]): Map<number, Run[]> {
  return Map.groupBy(runs, run => windowOf(run.from));
}

/** Number of parts of a direct upload. An empty document has none and cannot be uploaded. */
export const partCount = ({ octets, partOctets }: DirectUpload) => Math.ceil(octets / partOctets);

/** The required octets of part `part`, counted from 1. */
export function octetsOfPart({ octets, partOctets }: DirectUpload, part: number): number {
  return Math.min(partOctets, octets - (part - 1) * partOctets);
}
