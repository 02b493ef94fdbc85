import type { Principal } from '../../domain/company.ts';
import { documentKey } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import { parseUploadId, type UploadId } from '../../domain/ids.ts';
import { checkJobName } from '../../domain/job-name.ts';
import { admitted, checkDocumentOctets, firstReservation, quotaOf } from '../../domain/upload-quota.ts';
import type { UploadSession } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';
import { admitOctets } from './stored-octets.ts';

/** A document that is not submitted, and an upload that is not completed, expire after a day. */
export const uploadMilliseconds = 24 * 60 * 60 * 1000;

/** Opens an upload: an empty session with a new id. */
export async function openUpload(
  ports: Pick<Ports, 'uploads' | 'clock'>,
  principal: Principal,
): Promise<UploadSession> {
  return await createSession(ports, principal, newSession(ports, principal));
}

/** Stores a new session. Throws `too-many` with the limit that it would exceed. */
export async function createSession(
  { uploads }: Pick<Ports, 'uploads'>,
  principal: Principal,
  session: UploadSession,
): Promise<UploadSession> {
  const quota = quotaOf(principal);
  return admitted(await uploads.create(session, quota), quota);
}

/** Stores a document that came in one request. The client can submit it by id any number of times. */
export async function storeDocument(
  ports: Pick<Ports, 'uploads' | 'clock' | 'documents' | 'storedOctets'>,
  principal: Principal,
  { bytes, name }: { bytes: Uint8Array; name?: string },
): Promise<UploadSession> {
  if (bytes.length === 0) throw new PrintError('bad-value', 'The document is empty: the request has no body.');
  checkDocumentOctets(bytes.length, quotaOf(principal));
  const session = { ...newSession(ports, principal), name: name && checkJobName(name) };
  await admitOctets(ports, principal, bytes.length);
  const document = await ports.documents.put(session.key, bytes);
  const completed = { ...session, state: 'completed' as const, octets: bytes.length, document };
  return await createSession(ports, principal, completed);
}

/** Returns a session of this company that has not expired. Throws `not-found` otherwise. */
export async function getUpload(
  ports: Pick<Ports, 'uploads' | 'clock'>,
  principal: Principal,
  id: string,
): Promise<UploadSession> {
  const parsed = parseUploadId(id);
  const session = parsed && (await ports.uploads.get(parsed));
  const isTheirs = session && session.companyId === principal.companyId;
  if (!isTheirs || session.expiresAt <= ports.clock.now()) throw unknownUpload();
  return session;
}

export const unknownUpload = () =>
  new PrintError('not-found', 'Unknown file or upload: it does not exist or has expired.');

/** An open session that is not stored yet. */
export function newSession({ clock }: Pick<Ports, 'clock'>, principal: Principal): UploadSession {
  const { companyId } = principal;
  const id = clock.token() as UploadId;
  const createdAt = clock.now();
  return {
    id,
    companyId,
    state: 'open',
    ordinal: 0,
    stagedOctets: 0,
    reservedOctets: firstReservation(quotaOf(principal)),
    createdAt,
    expiresAt: createdAt + uploadMilliseconds,
    key: documentKey(companyId, id),
    version: 1,
  };
}
