import type { Piece, Run, UploadSession } from '../domain/upload-session.ts';

/** Staged pieces of upload sessions. Each piece is a small document until the session ends. */
export interface PieceStore {
  /** Durable on return. */
  put(session: UploadSession, piece: Piece, bytes: Uint8Array): Promise<void>;
  /** All pieces, or those of one window. */
  list(session: UploadSession, window?: number): Promise<Piece[]>;
  /** `not-found` if it was deleted. */
  read(session: UploadSession, piece: Piece): Promise<Uint8Array>;
  /**
   * Composes these runs, which leave no gap, into a part of the session's multipart upload, and returns its etag as
   * `putPart` does. After the multipart upload is completed, `put` may fail with `conflict`.
   */
  compose(session: UploadSession, part: number, runs: Run[]): Promise<string>;
  deleteAll(session: UploadSession): Promise<void>;
}
