import { buffer } from 'node:stream/consumers';
import { PrintError } from '../../../core/domain/errors.ts';
import { octetsOf, type Piece, type UploadSession } from '../../../core/domain/upload-session.ts';
import type { DocumentStore, PieceStore } from '../../../core/ports/index.ts';
import { pieceOf, segmentKey, segmentsPrefix } from '../dynamo/table.ts';

/** Staged pieces as objects of their own. Their keys say all about them, so that listing them is the index. */
export function makePieces(documents: DocumentStore): PieceStore {
  async function read(session: UploadSession, piece: Piece): Promise<Uint8Array> {
    const stream = await documents.read(segmentKey(session, piece));
    if (!stream) throw new PrintError('not-found', 'The segment is not there any more.');
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

    /** Octets of one piece are copied inside the bucket; those of several have to come here and go back. */
    async compose(session, part, runs) {
      const { key, multipartId = '' } = session;
      const [only] = runs;
      if (!only || runs.length > 1) {
        return await documents.putPart(key, multipartId, part, await octetsOf(runs, piece => read(session, piece)));
      }
      const { from, to, piece } = only;
      const range = { from: from - piece.offset, to: to - piece.offset };
      return await documents.copyPart(key, multipartId, part, { key: segmentKey(session, piece), ...range });
    },

    async deleteAll(session) {
      const listed = await documents.list(segmentsPrefix(session));
      await documents.delete(listed.map(({ key }) => key));
    },
  };
}
