import { PrintError } from '../../../core/domain/errors.ts';
import type { UploadId } from '../../../core/domain/ids.ts';
import { octetsOf, type Piece, windowOf } from '../../../core/domain/upload-session.ts';
import type { PieceStore } from '../../../core/ports/index.ts';
import type { FileDocuments } from '../documents/documents.ts';
import type { PieceLogs } from './piece-logs.ts';

/** Staged pieces in logs. A window whose octets are in place becomes a part by recording it only. */
export function makePieces(logs: PieceLogs, documents: FileDocuments): PieceStore {
  const read = (id: UploadId, piece: Piece) =>
    logs.use(id, async log => {
      const bytes = await log.read(piece);
      if (!bytes) throw new PrintError('not-found', 'No such segment: it was deleted.');
      return bytes;
    });

  return {
    read: (session, piece) => read(session.id, piece),
    put: (session, piece, bytes) => logs.use(session.id, log => log.append(piece, bytes)),

    list: (session, window) =>
      logs.use(session.id, async log => {
        const pieces = log.pieces();
        return window === undefined ? pieces : pieces.filter(piece => windowOf(piece.offset) === window);
      }),

    async compose({ id, key, multipartId = '' }, part, runs) {
      await documents.adopt(key, multipartId, id);
      const areInPlace = await logs.use(id, async log => log.areInPlace(runs));
      if (areInPlace) return await documents.noteInPlace(key, multipartId, part, runs);
      const bytes = await octetsOf(runs, piece => read(id, piece));
      return await documents.putPart(key, multipartId, part, bytes);
    },

    deleteAll: session => logs.use(session.id, log => log.remove()),
  };
}
