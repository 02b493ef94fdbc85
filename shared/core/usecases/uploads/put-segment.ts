import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { parseUploadId, type UploadId } from '../../domain/ids.ts';
import { admitted, quotaOf, reservationFor } from '../../domain/upload-quota.ts';
import { cutAtWindows, type UploadSession, type UploadState, windowOctets } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';
import { composeFullWindows } from './compose-windows.ts';
import { getUpload, unknownFile } from './open-upload.ts';

export interface Segment {
  uploadId: string;
  /** of its first octet in the document */
  offset: number;
  bytes: Uint8Array;
}

/**
 * Takes in one segment, durably, and answers how many octets it had. The same segment again changes nothing; other
 * octets at the same place win over earlier ones. One that is answered is in the document, should there be one: when
 * the file is submitted meanwhile it is refused as a `conflict`, and nobody can say whether it is in.
 */
export async function putSegment(
  ports: Pick<Ports, 'uploads' | 'documents' | 'pieces' | 'clock'>,
  principal: Principal,
  { uploadId, offset, bytes }: Segment,
): Promise<number> {
  if (bytes.length === 0) throw new PrintError('bad-value', 'The segment is empty.');
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
  if (current.state !== 'open') throw refusals[current.state]();
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
  throw there.direct ? noSegments() : refusals[there.state]();
}

/** The upload came to its end while a window of it was composed: with this segment, which was there before. */
function ignoreEnded(error: unknown): void {
  if (!(error instanceof PrintError) || error.code !== 'not-found') throw error;
}

const submitted = () => new PrintError('conflict', 'The file was submitted and takes no more segments.');
const beingSubmitted = () => new PrintError('conflict', 'The file is being submitted and takes no more segments.');

const refusals: Record<UploadState, () => PrintError> = {
  // it has opened again since it gave no ordinal
  open: beingSubmitted,
  closing: beingSubmitted,
  closed: beingSubmitted,
  completed: submitted,
  aborted: unknownFile,
  expired: unknownFile,
};
const noSegments = () => new PrintError('conflict', 'This upload takes parts at its own addresses, not segments.');

/** Others may make room at the same time, or take it: who finds none comes again. */
async function makeRoom(ports: Pick<Ports, 'uploads' | 'clock'>, principal: Principal, id: UploadId, octets: number) {
  const session = await getUpload(ports, principal, id);
  if (session.direct) throw noSegments();
  const quota = quotaOf(principal);
  const reserved = reservationFor(session, octets, quota);
  if (reserved <= session.reservedOctets) return;
  const outcome = await ports.uploads.reserve(session, reserved, quota);
  if (outcome) admitted(outcome, quota);
}

/** Looking costs a listing, so it is done when the octets taken in pass another window's worth. */
function mayHaveFilledWindow({ stagedOctets }: UploadSession, octets: number): boolean {
  return Math.floor(stagedOctets / windowOctets) > Math.floor((stagedOctets - octets) / windowOctets);
}
