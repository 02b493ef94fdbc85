import type { Principal } from '../../domain/company.ts';
import { documentKey } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import { parseUploadId, type UploadId } from '../../domain/ids.ts';
import { checkJobName } from '../../domain/job-name.ts';
import { admitted, checkDocumentOctets, firstReservation, quotaOf } from '../../domain/upload-quota.ts';
import type { UploadSession } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';

/** A document that nobody submits, or an upload that nobody finishes, goes away after a day. */
const uploadMilliseconds = 24 * 60 * 60 * 1000;

/** Begins an upload: an empty session under a fresh name. */
export async function openUpload(
  ports: Pick<Ports, 'uploads' | 'clock'>,
  principal: Principal,
): Promise<UploadSession> {
  return await createSession(ports, principal, newSession(ports, principal));
}

/** Stores a new session, or refuses it in the words of the quota that it would break. */
export async function createSession(
  { uploads }: Pick<Ports, 'uploads'>,
  principal: Principal,
  session: UploadSession,
): Promise<UploadSession> {
  const quota = quotaOf(principal);
  return admitted(await uploads.create(session, quota), quota);
}

/** Keeps a document that came in one request, to be submitted by name, as often as its client likes. */
export async function storeDocument(
  ports: Pick<Ports, 'uploads' | 'clock' | 'documents'>,
  principal: Principal,
  { bytes, name }: { bytes: Uint8Array; name?: string },
): Promise<UploadSession> {
  if (bytes.length === 0) throw new PrintError('bad-value', 'The body is empty.');
  checkDocumentOctets(bytes.length, quotaOf(principal));
  const session = { ...newSession(ports, principal), name: name && checkJobName(name) };
  const document = await ports.documents.put(session.key, bytes);
  const completed = { ...session, state: 'completed' as const, octets: bytes.length, document };
  return await createSession(ports, principal, completed);
}

/** A session of this company that is not past its day, or `not-found` whatever the reason. */
export async function getUpload(
  ports: Pick<Ports, 'uploads' | 'clock'>,
  principal: Principal,
  id: string,
): Promise<UploadSession> {
  const parsed = parseUploadId(id);
  const session = parsed && (await ports.uploads.get(parsed));
  const isTheirs = session && session.companyId === principal.companyId;
  if (!isTheirs || session.expiresAt <= ports.clock.now()) throw unknownFile();
  return session;
}

export const unknownFile = () => new PrintError('not-found', 'Unknown file.');

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
