import type { Piece, Run, UploadSession } from '../domain/upload-session.ts';

/** Staged pieces of upload sessions. A piece is a small document of its own until the session ends. */
export interface PieceStore {
  /** Durable when answered. */
  put(session: UploadSession, piece: Piece, bytes: Uint8Array): Promise<void>;
  /** All pieces, or those of one window. */
  list(session: UploadSession, window?: number): Promise<Piece[]>;
  /** `not-found` when it was deleted. */
  read(session: UploadSession, piece: Piece): Promise<Uint8Array>;
  /**
   * Makes a part of the session's multipart upload out of these runs, which leave no hole between them, and answers its
   * etag, as `putPart` does. Once the multipart upload is completed, `put` may answer `conflict`.
   */
  compose(session: UploadSession, part: number, runs: Run[]): Promise<string>;
  deleteAll(session: UploadSession): Promise<void>;
}
