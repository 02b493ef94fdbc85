import type { UploadSession } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';

/** Ends an upload that is under way for good: nothing of it remains but the note that it ended. Ending it twice is fine. */
export async function endUpload(
  ports: Pick<Ports, 'uploads' | 'documents' | 'pieces'>,
  session: UploadSession,
  as: 'aborted' | 'expired',
): Promise<void> {
  const outcome = await ports.uploads.save({ ...session, state: as });
  if ('conflict' in outcome) return;
  if (session.multipartId) await ports.documents.abortMultipart(session.key, session.multipartId);
  await ports.pieces.deleteAll(session);
  await ports.documents.delete([session.key]);
}
