import { buffer } from 'node:stream/consumers';
import { PrintError } from '../../../core/domain/errors.ts';
import { octetsOf, type Piece, type UploadSession } from '../../../core/domain/upload-session.ts';
import type { DocumentStore, PieceStore } from '../../../core/ports/index.ts';
import { pieceOf, segmentKey, segmentsPrefix } from '../dynamo/table.ts';

/** Staged pieces as objects. Their keys contain all their metadata, so listing the keys is the index. */
export function makePieces(documents: DocumentStore): PieceStore {
  async function read(session: UploadSession, piece: Piece): Promise<Uint8Array> {
    const stream = await documents.read(segmentKey(session, piece));
    if (!stream) throw new PrintError('not-found', 'No such segment: it was deleted.');
    return await buffer(stream);
  }

  return {
    read,

    async put(session, piece, bytes) {
      await documents.put(segmentKey(session, piece), bytes);
    },

    async list(session, window) {
      const listed = await documents.list(segmentsPrefix(session, window));
      return listed.map(({ key }) => pieceOf(key));
    },

    /** Copies a piece that is the whole part inside the bucket; others are downloaded and uploaded as one part. */
    async compose(session, part, runs) {
      const { key, multipartId = '' } = session;
      const [only] = runs;
      const isWhole = runs.length === 1 && only && only.to - only.from === only.piece.octets;
      if (isWhole) return await documents.copyPart(key, multipartId, part, segmentKey(session, only.piece));
      return await documents.putPart(key, multipartId, part, await octetsOf(runs, piece => read(session, piece)));
    },

    async deleteAll(session) {
      const listed = await documents.list(segmentsPrefix(session));
      await documents.delete(listed.map(({ key }) => key));
    },
  };
}
