import type { Principal } from '../../domain/company.ts';
import { documentKey } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import {
  holesIn,
  isUnderWay,
  layOut,
  octetsOf,
  type Run,
  runsBefore,
  runsByWindow,
  type UploadSession,
  windowOctets,
} from '../../domain/upload-session.ts';
import type { Part, Ports } from '../../ports/index.ts';
import { composeWindows, isUpToDate, saveWithMultipart, type WindowRuns } from './compose-windows.ts';
import { completeDirect } from './direct-upload.ts';
import { getUpload, unknownUpload } from './open-upload.ts';
import { admitOctets, withdrawOctets } from './stored-octets.ts';

type UploadPorts = Pick<Ports, 'uploads' | 'documents' | 'pieces' | 'storedOctets' | 'clock'>;

/** Concurrent submits of the same upload, and segments that compose its parts, may conflict. A few rounds resolve this. */
const rounds = 8;
const holesNamed = 10;

/**
 * Composes an upload's document from all acknowledged segments. Repeated and concurrent calls give the same document.
 * Throws `document-missing-bytes` with the missing ranges, and the upload accepts segments again; throws `not-found` for
 * a session that was aborted or has expired. Finishes what an interrupted call left.
 */
export async function completeUpload(ports: UploadPorts, principal: Principal, id: string): Promise<UploadSession> {
  for (let round = 0; round < rounds; round++) {
    const session = await getUpload(ports, principal, id);
    if (session.state === 'completed') return session;
    if (session.direct) return await completeDirect(ports, session);
    if (!isUnderWay(session)) throw unknownUpload();
    const completed = await advance(ports, principal, session).catch(error => overtaken(ports, session, error));
    if (!completed) continue;
    await ports.pieces.deleteAll(completed);
    return completed;
  }
  throw new PrintError('conflict', `Upload ${id} is still being written by another request. Retry this request.`);
}

/**
 * Advances a session from its current state: open, closing, closed, completed. Each state is saved on the condition that
 * the session has the version that was read before the pieces were listed. Undefined after a conflict.
 */
async function advance(
  ports: UploadPorts,
  principal: Principal,
  session: UploadSession,
): Promise<UploadSession | undefined> {
  const closing = session.state === 'open' ? await saved(ports, { ...session, state: 'closing' }) : session;
  if (!closing) return undefined;
  const runs = layOut(await ports.pieces.list(closing));
  if (closing.state === 'closed') return await assembleParts(ports, closing, runs);
  const octets = runs.at(-1)?.to ?? 0;
  const incomplete = refusalOf(runs);
  if (incomplete) return await reopen(ports, closing, incomplete);
  const bytes = octets <= windowOctets ? await octetsOf(runs, piece => ports.pieces.read(closing, piece)) : undefined;
  const full = await admitOctets(ports, principal, octets).catch((error: Error) => error);
  if (full) return await reopen(ports, closing, full);
  const kept = bytes ? await storeAtOnce(ports, closing, bytes) : await close(ports, closing, octets);
  // the submit that was faster has counted the same document
  if (!kept) await withdrawOctets(ports, principal, octets);
  return kept?.state === 'closed' ? await assembleParts(ports, kept, runs) : kept;
}

/** Fixes the size. What arrives from now on is refused. */
async function close(ports: UploadPorts, session: UploadSession, octets: number): Promise<UploadSession | undefined> {
  const outcome = await saveWithMultipart(ports, { ...session, state: 'closed', octets });
  return 'saved' in outcome ? outcome.saved : undefined;
}

async function saved(ports: UploadPorts, session: UploadSession): Promise<UploadSession | undefined> {
  const outcome = await ports.uploads.save(session);
  return 'saved' in outcome ? outcome.saved : undefined;
}

/** Opens the session again and throws, so that the client can send what is missing or submit it later. */
async function reopen(ports: UploadPorts, session: UploadSession, refusal: Error): Promise<undefined> {
  if (await saved(ports, { ...session, state: 'open' })) throw refusal;
}

/**
 * Stores a small document under a new key: a slower submit, which listed other pieces, must not overwrite a completed
 * document.
 */
async function storeAtOnce(ports: UploadPorts, session: UploadSession, bytes: Uint8Array) {
  const document = await ports.documents.put(documentKey(session.companyId, ports.clock.token()), bytes);
  const { key, octets } = document;
  const outcome = await ports.uploads.save({ ...session, state: 'completed', key, octets, document });
  if ('saved' in outcome) return outcome.saved;
  await ports.documents.delete([key]);
  return undefined;
}

/**
 * Ignores octets after the size that was fixed: they came late and were refused. Undefined when pieces are missing:
 * another submit has completed the document and deleted them.
 */
async function assembleParts(ports: UploadPorts, session: UploadSession, laidOut: Run[]) {
  const octets = session.octets as number;
  const runs = runsBefore(laidOut, octets);
  if (runs.at(-1)?.to !== octets || holesIn(runs).length > 0) return undefined;
  const composed = await ports.uploads.composedParts(session.id);
  const windows = [...runsByWindow(runs)];
  const isStale = ([window, windowRuns]: WindowRuns) => !isUpToDate(composed, window, windowRuns);
  const fresh = await composeWindows(ports, session, windows.filter(isStale));
  const etags = new Map([...composed, ...fresh].map(({ part, etag }) => [part, etag]));
  const parts = windows.map(([window]): Part => {
    const part = window + 1;
    return { part, etag: etags.get(part) as string, octets: Math.min(windowOctets, octets - window * windowOctets) };
  });
  const outcome = await ports.documents.completeMultipart(session.key, session.multipartId as string, parts);
  if (outcome === 'part-changed') await forgetParts(ports, session);
  return typeof outcome === 'string' ? undefined : await saved(ports, { ...session, state: 'completed' });
}

/**
 * Handles a missing piece or part: a faster submit may have deleted it. Then the session has a newer version, or the
 * document exists and the session does not say so yet, perhaps because the other submit was interrupted.
 */
async function overtaken(ports: UploadPorts, session: UploadSession, error: unknown) {
  if (!(error instanceof PrintError) || error.code !== 'not-found') throw error;
  const current = await ports.uploads.get(session.id);
  if (current?.version !== session.version) return undefined;
  const isDocument = session.state === 'closed' && (await ports.documents.octets(session.key)) === session.octets;
  if (!isDocument) throw error;
  return await saved(ports, { ...session, state: 'completed' });
}

/** The recorded parts differ from those in the store: the next round composes every window again. */
async function forgetParts(ports: UploadPorts, session: UploadSession): Promise<void> {
  const parts = await ports.uploads.composedParts(session.id);
  await Promise.all(parts.map(part => ports.uploads.recordPart(session.id, { ...part, madeOf: '' })));
}

/** The reason why these runs do not form a document; undefined when they do. */
function refusalOf(runs: Run[]): PrintError | undefined {
  if (runs.length === 0)
    return new PrintError('document-missing-bytes', 'The upload is empty. Send its bytes, then submit it.');
  const holes = holesIn(runs);
  if (holes.length === 0) return undefined;
  const named = holes.slice(0, holesNamed).map(({ from, to }) => `${from}-${to - 1}`);
  const more = holes.length > holesNamed ? ` and ${holes.length - holesNamed} more` : '';
  return new PrintError(
    'document-missing-bytes',
    `The upload has missing bytes: ${named.join(', ')}${more}. Send them, then submit it again.`,
  );
}
