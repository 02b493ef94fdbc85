import type { Principal } from '../domain/company.ts';
import { maximumDocumentOctets } from '../domain/document.ts';
import { PrintError } from '../domain/errors.ts';
import { parseUploadId } from '../domain/ids.ts';
import { cutAtWindows, type UploadSession, windowOctets } from '../domain/upload-session.ts';
import type { Ports } from '../ports.ts';
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
 * octets at the same place win over earlier ones.
 */
export async function putSegment(
  ports: Pick<Ports, 'uploads' | 'documents' | 'pieces'>,
  principal: Principal,
  { uploadId, offset, bytes }: Segment,
): Promise<number> {
  if (bytes.length === 0) throw new PrintError('bad-value', 'The segment is empty.');
  if (offset + bytes.length > maximumDocumentOctets) {
    throw new PrintError('bad-value', `A document may have at most ${maximumDocumentOctets} bytes.`);
  }
  const session = await takeOrdinal(ports, principal, uploadId, bytes.length);
  await Promise.all(
    cutAtWindows(offset, bytes.length).map(cut => {
      const piece = { offset: cut.offset, octets: cut.end - cut.start, ordinal: session.ordinal };
      return ports.pieces.put(session, piece, bytes.subarray(cut.start, cut.end));
    }),
  );
  if (mayHaveFilledWindow(session, bytes.length)) await composeFullWindows(ports, session);
  return bytes.length;
}

async function takeOrdinal(ports: Pick<Ports, 'uploads'>, principal: Principal, uploadId: string, octets: number) {
  const id = parseUploadId(uploadId);
  const session = id && (await ports.uploads.nextOrdinal(id, octets));
  if (session && session.companyId === principal.companyId && !session.direct) return session;
  const there = await getUpload(ports, principal, uploadId);
  if (there.direct) throw new PrintError('conflict', 'This upload takes parts at its own addresses, not segments.');
  if (there.state === 'completed')
    throw new PrintError('conflict', 'The file was submitted and takes no more segments.');
  throw unknownFile();
}

/** Looking costs a listing, so it is done when the octets taken in pass another window's worth. */
function mayHaveFilledWindow({ stagedOctets }: UploadSession, octets: number): boolean {
  return Math.floor(stagedOctets / windowOctets) > Math.floor((stagedOctets - octets) / windowOctets);
}
