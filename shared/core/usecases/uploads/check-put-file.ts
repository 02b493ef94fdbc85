import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { admitted, checkDocumentOctets, quotaOf } from '../../domain/upload-quota.ts';
import type { UploadSession } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';

/**
 * Checks a file that a client has put at an address, which in AWS takes any size: its size is seen when it is used.
 * Deletes what is larger than a document may be and throws `too-large`; else the size counts in the company's quota.
 * Throws `too-many` when that has no room for it.
 */
export async function checkPutFile(
  { uploads, documents }: Pick<Ports, 'uploads' | 'documents'>,
  principal: Principal,
  session: UploadSession,
): Promise<void> {
  if (session.octets !== undefined || session.direct) return;
  const octets = await documents.octets(session.key);
  if (octets === undefined) return;
  const quota = quotaOf(principal);
  try {
    checkDocumentOctets(octets, quota);
  } catch (error) {
    if (error instanceof PrintError) await documents.delete([session.key]);
    throw error;
  }
  if (octets <= session.reservedOctets) return;
  const outcome = await uploads.reserve(session, octets, quota);
  // undefined: another request has counted it
  if (outcome) admitted(outcome, quota);
}
