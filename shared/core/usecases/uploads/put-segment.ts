import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { parseUploadId, type UploadId } from '../../domain/ids.ts';
import { admitted, quotaOf, reservationFor } from '../../domain/upload-quota.ts';
import { cutAtWindows, type UploadSession, type UploadState, windowOctets } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';
import { composeFullWindows } from './compose-windows.ts';
import { getUpload, unknownUpload } from './open-upload.ts';

export interface Segment {
  uploadId: string;
  /** of its first octet in the document */
  offset: number;
  bytes: Uint8Array;
}

/**
 * Stores one segment durably and returns its size in octets. The same segment again changes nothing; later octets
 * replace earlier ones at the same offset. An acknowledged segment is part of the document. A segment that arrives while
 * the upload is submitted is refused with `conflict`: the document may or may not contain it.
 */
export async function putSegment(
  ports: Pick<Ports, 'uploads' | 'documents' | 'pieces' | 'clock'>,
  principal: Principal,
  { uploadId, offset, bytes }: Segment,
): Promise<number> {
  if (bytes.length === 0) throw new PrintError('bad-value', 'The segment is empty: the request has no body.');
  const { documentOctets } = quotaOf(principal);
  if (offset + bytes.length > documentOctets) {
    throw new PrintError('bad-value', `The document is too large: at most ${documentOctets} bytes are allowed.`);
  }
  const session = await takeOrdinal(ports, principal, uploadId, bytes.length);
  await Promise.all(
    cutAtWindows(offset, bytes.length).map(cut => {
      const piece = { offset: cut.offset, octets: cut.end - cut.start, ordinal: session.ordinal };
      return ports.pieces.put(session, piece, bytes.subarray(cut.start, cut.end));
    }),
  );
  const current = await getUpload(ports, principal, uploadId);
  if (current.state !== 'open') throw refusals[current.state](uploadId);
  if (mayHaveFilledWindow(session, bytes.length)) await composeFullWindows(ports, session).catch(ignoreEnded);
  return bytes.length;
}

async function takeOrdinal(
  ports: Pick<Ports, 'uploads' | 'clock'>,
  principal: Principal,
  uploadId: string,
  octets: number,
) {
  const id = parseUploadId(uploadId);
  let session = id && (await ports.uploads.nextOrdinal(id, octets, principal.companyId));
  while (id && session === 'no-room') {
    await makeRoom(ports, principal, id, octets);
    session = await ports.uploads.nextOrdinal(id, octets, principal.companyId);
  }
  if (typeof session === 'object' && !session.direct) return session;
  const there = await getUpload(ports, principal, uploadId);
  throw there.direct ? noSegments(uploadId) : refusals[there.state](uploadId);
}

/** The upload ended while one of its windows was composed. It contains this segment, which was stored before. */
function ignoreEnded(error: unknown): void {
  if (!(error instanceof PrintError) || error.code !== 'not-found') throw error;
}

const submitted = (id: string) =>
  new PrintError('conflict', `Upload ${id} was submitted and accepts no more segments. Open a new upload.`);
const beingSubmitted = (id: string) =>
  new PrintError('conflict', `Upload ${id} is being submitted and accepts no segments until that ends.`);

const refusals: Record<UploadState, (id: string) => PrintError> = {
  // reopened between `nextOrdinal` and this read
  open: beingSubmitted,
  closing: beingSubmitted,
  closed: beingSubmitted,
  completed: submitted,
  aborted: unknownUpload,
  expired: unknownUpload,
};
const noSegments = (id: string) =>
  new PrintError('conflict', `Upload ${id} is a direct upload: put its parts at their addresses instead of segments.`);

/** Reserves room for the segment. Concurrent requests may use it up, so the caller repeats this until it has an ordinal. */
async function makeRoom(ports: Pick<Ports, 'uploads' | 'clock'>, principal: Principal, id: UploadId, octets: number) {
  const session = await getUpload(ports, principal, id);
  if (session.direct) throw noSegments(id);
  const quota = quotaOf(principal);
  const reserved = reservationFor(session, octets, quota);
  if (reserved <= session.reservedOctets) return;
  const outcome = await ports.uploads.reserve(session, reserved, quota);
  if (outcome) admitted(outcome, quota);
}

/** The check costs a listing, so it runs only when the received octets pass a multiple of the window size. */
function mayHaveFilledWindow({ stagedOctets }: UploadSession, octets: number): boolean {
  return Math.floor(stagedOctets / windowOctets) > Math.floor((stagedOctets - octets) / windowOctets);
}
