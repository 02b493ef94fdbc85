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

/*
 * The direct road: parts go to the store itself, on presigned addresses, and no octet passes a function. Open, put
 * parts in any order from anywhere, ask which are there, complete. What is there decides, not what a client remembers,
 * so another process may go on where one stopped.
 */

/** Long enough for a part over a slow line, short enough to be worthless when it leaks. */
const addressSeconds = 60 * 60;
const addressesAtOnce = 100;

export interface DirectUploadRequest {
  octets: number;
  name?: string;
  /** lower-case hex */
  sha256?: string;
}

/** An upload as its client goes on with it: what is there, and where the next missing parts go. */
export interface DirectUploadView {
  session: UploadSession;
  /** complete parts, by number */
  present: number[];
  /** of each present part, in the same order: what tells its contents; empty where the store has none */
  etags: string[];
  /** for the first missing parts; ask again for those that follow */
  addresses: { part: number; octets: number; url: string }[];
  addressesExpireAt: number;
}

type UploadPorts = Pick<Ports, 'uploads' | 'documents' | 'pieces' | 'clock'>;

/** Begins a direct upload of a document of known size. */
export async function openDirectUpload(
  ports: UploadPorts,
  principal: Principal,
  { octets, name, sha256 }: DirectUploadRequest,
): Promise<DirectUploadView> {
  checkDocumentOctets(octets, quotaOf(principal));
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

/** What is there by now, and the addresses of the parts that are missing. */
export async function getDirectUpload(
  ports: UploadPorts,
  principal: Principal,
  { id }: { id: string },
): Promise<DirectUploadView> {
  const session = await getUpload(ports, principal, id);
  const isOpen = session.state === 'open' && session.direct;
  return await viewOf(ports, session, isOpen ? await partsThere(ports, session) : []);
}

/** Makes the parts into the document. Completing twice is fine. */
export async function completeDirectUpload(
  ports: UploadPorts,
  principal: Principal,
  { id }: { id: string },
): Promise<UploadSession> {
  const session = await getUpload(ports, principal, id);
  return await completeDirect(ports, session);
}

/** Ends an upload for good. Ending it twice is fine; one that was completed stays until it expires. */
export async function abortDirectUpload(
  ports: UploadPorts,
  principal: Principal,
  { id }: { id: string },
): Promise<UploadSession> {
  const session = await getUpload(ports, principal, id);
  if (isUnderWay(session)) await endUpload(ports, session, 'aborted');
  return await getUpload(ports, principal, id);
}

/** The completed session of a direct upload, or the reason why it cannot be completed. */
export async function completeDirect(ports: UploadPorts, session: UploadSession): Promise<UploadSession> {
  if (session.state === 'completed') return session;
  const { direct, multipartId } = session;
  if (session.state !== 'open' || !direct || !multipartId) {
    throw new PrintError('conflict', `The upload is ${session.state} and cannot be completed.`);
  }
  const parts = await partsThere(ports, session);
  refuseMissing(direct, parts);
  const outcome = await ports.documents.completeMultipart(session.key, multipartId, parts);
  if (typeof outcome === 'string')
    throw new PrintError('conflict', 'The upload is still being written. Complete it again.');
  const document = outcome.octets <= windowOctets ? await checked(ports, session) : undefined;
  const saved = await ports.uploads.save({ ...session, state: 'completed', octets: outcome.octets, document });
  if ('saved' in saved) return saved.saved;
  if (saved.conflict?.state === 'completed') return saved.conflict;
  throw new PrintError('conflict', 'The upload was ended by somebody else.');
}

/**
 * Small documents are read at once, so that a wrong digest is told to the client and not to the job. It ends the upload:
 * its parts have become the document, and cannot be put again.
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
 * Parts of another size than they must have do not count: they are put again. Where the parts have become the document
 * and whoever did it stopped before it was noted, or has yet to note it, all of them are there.
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
  throw new PrintError('document-missing-bytes', `Parts are missing or have another size: ${named}${more}.`);
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
    missing.map(async part => ({
      part,
      octets: octetsOfPart(direct as DirectUpload, part),
      url: await ports.documents.presignPart(key, multipartId as string, part, addressSeconds),
    })),
  );
  const addressesExpireAt = ports.clock.now() + addressSeconds * 1000;
  const etags = parts.map(({ etag }) => etag.replaceAll('"', ''));
  return { session, present: parts.map(({ part }) => part), etags, addresses, addressesExpireAt };
}
