import type { UploadSession } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';

/** Ends an upload and deletes its data. Only the record that it ended remains. Idempotent. */
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
