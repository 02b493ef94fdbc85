import type { Principal } from '../../domain/company.ts';
import type { StoredDocument } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import { checkJobName } from '../../domain/job-name.ts';
import { checkDocumentOctets, quotaOf } from '../../domain/upload-quota.ts';
import {
  type DirectUpload,
  isUnderWay,
  octetsOfPart,
  partCount,
  type UploadSession,
  windowOctets,
} from '../../domain/upload-session.ts';
import type { Part, Ports } from '../../ports/index.ts';
import { endUpload } from './end-upload.ts';
import { createSession, getUpload, newSession } from './open-upload.ts';
import { checkDigest, measure } from './read-stored.ts';
import { admitOctets } from './stored-octets.ts';

/*
 * Direct uploads: the client puts parts to the store at presigned addresses, and no octet passes a function. Open, put
 * parts in any order and from any machine, ask which are present, complete. The store decides which parts are present,
 * not the client's memory, so another process can resume an upload.
 */

/** Long enough for a part over a slow line, short enough to limit the harm of a leak. */
const addressSeconds = 60 * 60;
const addressesAtOnce = 100;

export interface DirectUploadRequest {
  octets: number;
  name?: string;
  /** lower-case hex */
  sha256?: string;
}

/** The state of an upload: which parts are present, and the addresses of the next missing ones. */
export interface DirectUploadView {
  session: UploadSession;
  /** complete parts, by number */
  present: number[];
  /** of each present part, in the same order; empty when the store has none */
  etags: string[];
  /** of the first missing parts; a later request returns the next ones */
  addresses: { part: number; octets: number; url: string }[];
  addressesExpireAt: number;
}

type UploadPorts = Pick<Ports, 'uploads' | 'documents' | 'pieces' | 'clock'>;

/** Opens a direct upload for a document of known size. */
export async function openDirectUpload(
  ports: UploadPorts & Pick<Ports, 'storedOctets'>,
  principal: Principal,
  { octets, name, sha256 }: DirectUploadRequest,
): Promise<DirectUploadView> {
  checkDocumentOctets(octets, quotaOf(principal));
  await admitOctets(ports, principal, octets);
  const direct: DirectUpload = { octets, partOctets: windowOctets, sha256 };
  const session = { ...newSession(ports, principal), name: name && checkJobName(name), reservedOctets: octets };
  const multipartId = await ports.documents.createMultipart(session.key, direct.partOctets);
  const creating = createSession(ports, principal, { ...session, direct, multipartId });
  const created = await creating.catch(async refusal => {
    await ports.documents.abortMultipart(session.key, multipartId);
    throw refusal;
  });
  return await viewOf(ports, created, []);
}

/** Returns the present parts and the addresses of missing ones. */
export async function getDirectUpload(
  ports: UploadPorts,
  principal: Principal,
  { id }: { id: string },
): Promise<DirectUploadView> {
  const session = await getUpload(ports, principal, id);
  const isOpen = session.state === 'open' && session.direct;
  return await viewOf(ports, session, isOpen ? await partsThere(ports, session) : []);
}

/** Composes the document from the parts. Idempotent. */
export async function completeDirectUpload(
  ports: UploadPorts,
  principal: Principal,
  { id }: { id: string },
): Promise<UploadSession> {
  const session = await getUpload(ports, principal, id);
  return await completeDirect(ports, session);
}

/** Aborts an upload. Idempotent. A completed upload stays until it expires. */
export async function abortDirectUpload(
  ports: UploadPorts,
  principal: Principal,
  { id }: { id: string },
): Promise<UploadSession> {
  const session = await getUpload(ports, principal, id);
  if (isUnderWay(session)) await endUpload(ports, session, 'aborted');
  return await getUpload(ports, principal, id);
}

/** Completes a direct upload and returns its session. Throws `conflict` or `document-missing-bytes` when it cannot. */
export async function completeDirect(ports: UploadPorts, session: UploadSession): Promise<UploadSession> {
  if (session.state === 'completed') return session;
  const { direct, multipartId } = session;
  if (session.state !== 'open' || !direct || !multipartId) {
    throw new PrintError(
      'conflict',
      `Upload ${session.id} is ${session.state} and cannot be completed. Open a new one.`,
    );
  }
  const parts = await partsThere(ports, session);
  refuseMissing(direct, parts);
  const outcome = await ports.documents.completeMultipart(session.key, multipartId, parts);
  if (typeof outcome === 'string')
    throw new PrintError(
      'conflict',
      `Upload ${session.id} is still being written by another request. Complete it again.`,
    );
  const document = outcome.octets <= windowOctets ? await checked(ports, session) : undefined;
  const saved = await ports.uploads.save({ ...session, state: 'completed', octets: outcome.octets, document });
  if ('saved' in saved) return saved.saved;
  if (saved.conflict?.state === 'completed') return saved.conflict;
  throw new PrintError('conflict', `Upload ${session.id} was aborted or has expired. Open a new one.`);
}

/**
 * Reads a small document at once, so that the client gets the error of a wrong digest, not its job. This error ends the
 * upload: its parts have become the document and cannot be put again.
 */
async function checked(ports: UploadPorts, session: UploadSession): Promise<StoredDocument | undefined> {
  const stored = await ports.documents.read(session.key);
  const document = stored && (await measure(session.key, stored));
  try {
    return document && checkDigest(document, session.direct?.sha256);
  } catch (refusal) {
    await endUpload(ports, session, 'aborted');
    throw refusal;
  }
}

/**
 * Returns the present parts. A part with a wrong size does not count: the client puts it again. If the document exists
 * already, all parts are present: another request completed it and has not updated the session, or was interrupted.
 */
async function partsThere({ documents }: UploadPorts, session: UploadSession): Promise<Part[]> {
  const direct = session.direct as DirectUpload;
  const parts = await documents.parts(session.key, session.multipartId as string);
  const isDocument = parts.length === 0 && (await documents.octets(session.key)) !== undefined;
  if (isDocument) return partNumbers(direct).map(part => ({ part, etag: '', octets: octetsOfPart(direct, part) }));
  return parts.filter(({ part, octets }) => part <= partCount(direct) && octets === octetsOfPart(direct, part));
}

function refuseMissing(direct: DirectUpload, parts: Part[]): void {
  const missing = missingParts(direct, parts);
  if (missing.length === 0) return;
  const named = missing.slice(0, 10).join(', ');
  const more = missing.length > 10 ? ` and ${missing.length - 10} more` : '';
  throw new PrintError(
    'document-missing-bytes',
    `Parts are missing or have a wrong size: ${named}${more}. Put them, then complete the upload.`,
  );
}

function missingParts(direct: DirectUpload, parts: Part[]): number[] {
  const there = new Set(parts.map(({ part }) => part));
  return partNumbers(direct).filter(part => !there.has(part));
}

const partNumbers = (direct: DirectUpload) => Array.from({ length: partCount(direct) }, (_, index) => index + 1);

async function viewOf(ports: UploadPorts, session: UploadSession, parts: Part[]): Promise<DirectUploadView> {
  const { direct, key, multipartId } = session;
  const missing = direct && session.state === 'open' ? missingParts(direct, parts).slice(0, addressesAtOnce) : [];
  const addresses = await Promise.all(
    missing.map(async number => {
      const part = { part: number, octets: octetsOfPart(direct as DirectUpload, number) };
      return { ...part, url: await ports.documents.presignPart(key, multipartId as string, part, addressSeconds) };
    }),
  );
  const addressesExpireAt = ports.clock.now() + addressSeconds * 1000;
  const etags = parts.map(({ etag }) => etag.replaceAll('"', ''));
  return { session, present: parts.map(({ part }) => part), etags, addresses, addressesExpireAt };
}
