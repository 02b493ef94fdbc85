import type { Principal } from '../domain/company.ts';
import { PrintError } from '../domain/errors.ts';
import {
  holesIn,
  layOut,
  octetsOf,
  type Run,
  runsByWindow,
  type UploadSession,
  windowOctets,
} from '../domain/upload-session.ts';
import type { Part, Ports } from '../ports.ts';
import { composeWindows, isUpToDate, type WindowRuns, withMultipart } from './compose-windows.ts';
import { completeDirect } from './direct-upload.ts';
import { getUpload, unknownFile } from './open-upload.ts';

type UploadPorts = Pick<Ports, 'uploads' | 'documents' | 'pieces' | 'clock'>;

/** Parts may be composed by segments that race with the submit; a few rounds settle it. */
const rounds = 4;
const holesNamed = 10;

/**
 * Makes an upload's segments into its document. Completing twice, or at the same time, gives the same document.
 * Throws `document-missing-bytes` with the missing ranges, `not-found` for a session that ended otherwise.
 */
export async function completeUpload(ports: UploadPorts, principal: Principal, id: string): Promise<UploadSession> {
  for (let round = 0; round < rounds; round++) {
    const session = await getUpload(ports, principal, id);
    if (session.state === 'completed') return session;
    if (session.direct) return await completeDirect(ports, session);
    if (session.state !== 'open') throw unknownFile();
    const assembled = await assemble(ports, session).catch(error => overtaken(ports, session, error));
    const outcome = assembled && (await ports.uploads.save({ ...assembled, state: 'completed' }));
    if (!outcome || !('saved' in outcome)) continue;
    await ports.pieces.deleteAll(session);
    return outcome.saved;
  }
  throw new PrintError('conflict', 'The file is still being written. Submit it again.');
}

/**
 * What is missing may have been taken away by another submit, which was faster: then its document is the document.
 * Undefined when the session has moved on and says more about it.
 */
async function overtaken(ports: UploadPorts, session: UploadSession, error: unknown) {
  const isMissing = error instanceof PrintError && ['not-found', 'document-missing-bytes'].includes(error.code);
  if (!isMissing) throw error;
  const current = await ports.uploads.get(session.id);
  if (current?.version !== session.version) return undefined;
  const octets = error.code === 'not-found' ? await ports.documents.octets(session.key) : undefined;
  if (octets === undefined) throw error;
  return { ...session, octets };
}

/** The session as it will be when completed, or undefined when another writer came between. */
async function assemble(ports: UploadPorts, session: UploadSession): Promise<UploadSession | undefined> {
  const runs = layOut(await ports.pieces.list(session));
  const octets = runs.at(-1)?.to ?? 0;
  if (octets === 0) throw new PrintError('document-missing-bytes', 'Nothing was written to this file.');
  refuseHoles(runs);
  if (octets > windowOctets) return await assembleParts(ports, session, runs, octets);
  const bytes = await octetsOf(runs, piece => ports.pieces.read(session, piece));
  const document = await ports.documents.put(session.key, bytes);
  return { ...session, octets, document };
}

async function assembleParts(ports: UploadPorts, session: UploadSession, runs: Run[], octets: number) {
  const open = await withMultipart(ports, session);
  if (!open) return undefined;
  const composed = await ports.uploads.composedParts(session.id);
  const windows = [...runsByWindow(runs)];
  const isStale = ([window, windowRuns]: WindowRuns) => !isUpToDate(composed, window, windowRuns);
  const fresh = await composeWindows(ports, open, windows.filter(isStale));
  const etags = new Map([...composed, ...fresh].map(({ part, etag }) => [part, etag]));
  const parts = windows.map(([window]): Part => {
    const part = window + 1;
    return { part, etag: etags.get(part) as string, octets: Math.min(windowOctets, octets - window * windowOctets) };
  });
  const outcome = await ports.documents.completeMultipart(open.key, open.multipartId as string, parts);
  if (outcome === 'part-changed') await forgetParts(ports, open);
  return typeof outcome === 'string' ? undefined : { ...open, octets: outcome.octets };
}

/** What the records say is not what the store holds: the next round composes every window again. */
async function forgetParts(ports: UploadPorts, session: UploadSession): Promise<void> {
  const parts = await ports.uploads.composedParts(session.id);
  await Promise.all(parts.map(part => ports.uploads.recordPart(session.id, { ...part, madeOf: '' })));
}

function refuseHoles(runs: Run[]): void {
  const holes = holesIn(runs);
  if (holes.length === 0) return;
  const named = holes.slice(0, holesNamed).map(({ from, to }) => `${from}-${to - 1}`);
  const more = holes.length > holesNamed ? ` and ${holes.length - holesNamed} more` : '';
  throw new PrintError('document-missing-bytes', `The file has missing bytes: ${named.join(', ')}${more}.`);
}
