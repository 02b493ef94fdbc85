import { buffer } from 'node:stream/consumers';
import { PrintError } from '../domain/errors.ts';
import type { DocumentStore, PieceStore } from '../ports.ts';
import { pieceOf, segmentKey, segmentsPrefix } from './table.ts';

/** Staged pieces as objects of their own. Their keys say all about them, so that listing them is the index. */
export function makePieces(documents: DocumentStore): PieceStore {
  return {
    async put(session, piece, bytes) {
      await documents.put(segmentKey(session, piece), bytes);
    },

    async list(session, window) {
      const listed = await documents.list(segmentsPrefix(session, window));
      return listed.map(({ key }) => pieceOf(key));
    },

    async read(session, piece) {
      const stream = await documents.read(segmentKey(session, piece));
      if (!stream) throw new PrintError('not-found', 'The segment is not there any more.');
      return await buffer(stream);
    },

    async deleteAll(session) {
      const listed = await documents.list(segmentsPrefix(session));
      await documents.delete(listed.map(({ key }) => key));
    },
  };
}
