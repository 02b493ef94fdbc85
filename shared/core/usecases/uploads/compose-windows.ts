import {
  type ComposedPart,
  isFullWindow,
  layOut,
  madeOf,
  type Run,
  runsByWindow,
  type UploadSession,
  windowOctets,
} from '../../domain/upload-session.ts';
import type { Ports, Saved } from '../../ports/index.ts';

type UploadPorts = Pick<Ports, 'uploads' | 'documents' | 'pieces'>;

/** The most windows that one segment's request composes; the next request, or the submit, composes the rest. */
const windowsPerRequest = 16;
/** Each is held in memory while it is composed. */
const windowsAtOnce = 4;

export type WindowRuns = [window: number, runs: Run[]];

/** Composes full windows whose part is missing or out of date, so that the submit has less to do. */
export async function composeFullWindows(ports: UploadPorts, session: UploadSession): Promise<void> {
  const [pieces, parts] = await Promise.all([ports.pieces.list(session), ports.uploads.composedParts(session.id)]);
  const full = [...runsByWindow(layOut(pieces))].filter(([window, runs]) => isFullWindow(window, runs));
  const stale = full.filter(([window, runs]) => !isUpToDate(parts, window, runs)).slice(0, windowsPerRequest);
  if (stale.length === 0) return;
  const open = await withMultipart(ports, session);
  if (!open) return;
  await composeWindows(ports, open, stale);
}

export function isUpToDate(parts: ComposedPart[], window: number, runs: Run[]): boolean {
  return parts.some(part => part.part === window + 1 && part.madeOf === madeOf(runs));
}

/** Returns the session with a multipart upload. Undefined when the session is no longer open. */
async function withMultipart(ports: UploadPorts, session: UploadSession): Promise<UploadSession | undefined> {
  const current = session.multipartId ? session : await ports.uploads.get(session.id);
  if (current?.state !== 'open') return undefined;
  if (current.multipartId) return current;
  const outcome = await saveWithMultipart(ports, current);
  if ('saved' in outcome) return outcome.saved;
  return outcome.conflict?.multipartId ? outcome.conflict : undefined;
}

/** Saves a session. Creates its multipart upload first if it has none. */
export async function saveWithMultipart(ports: UploadPorts, session: UploadSession): Promise<Saved<UploadSession>> {
  if (session.multipartId) return await ports.uploads.save(session);
  const multipartId = await ports.documents.createMultipart(session.key, windowOctets);
  const outcome = await ports.uploads.save({ ...session, multipartId });
  if ('conflict' in outcome) await ports.documents.abortMultipart(session.key, multipartId);
  return outcome;
}

/** Composes one part for each window, a few at a time. */
export async function composeWindows(
  ports: UploadPorts,
  session: UploadSession,
  windows: WindowRuns[],
): Promise<ComposedPart[]> {
  const parts: ComposedPart[] = [];
  for (let first = 0; first < windows.length; first += windowsAtOnce) {
    const some = windows.slice(first, first + windowsAtOnce);
    parts.push(...(await Promise.all(some.map(([window, runs]) => composeWindow(ports, session, window, runs)))));
  }
  return parts;
}

/** Composes a window's part from its pieces, and records which pieces they are. */
async function composeWindow(
  ports: UploadPorts,
  session: UploadSession,
  window: number,
  runs: Run[],
): Promise<ComposedPart> {
  const etag = await ports.pieces.compose(session, window + 1, runs);
  const part = { part: window + 1, etag, madeOf: madeOf(runs) };
  await ports.uploads.recordPart(session.id, part);
  return part;
}
