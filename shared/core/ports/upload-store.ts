import type { UploadId } from '../domain/ids.ts';
import type { QuotaReached, UploadQuota } from '../domain/upload-quota.ts';
import type { ComposedPart, UploadSession } from '../domain/upload-session.ts';
import type { Saved } from './saved.ts';

export interface UploadStore {
  /**
   * Version 1. A session that is under way counts in its company's quota, by one and by `reservedOctets`, until it is
   * saved in a last state; when it does not fit nothing is written. The count is exact, also after a failure.
   */
  create(session: UploadSession, quota: UploadQuota): Promise<UploadSession | QuotaReached>;
  /** As the last save that was answered left it, or a later one. */
  get(id: UploadId): Promise<UploadSession | undefined>;
  /**
   * Raises `ordinal` by one and `stagedOctets` by `octets`; undefined when the session is not open or not there,
   * `no-room` when that would be more than it has reserved. One write, no read. Leaves `version` alone.
   */
  nextOrdinal(id: UploadId, octets: number): Promise<UploadSession | 'no-room' | undefined>;
  /** Raises what an open session has reserved to `octets`. Undefined when it is not open, or was raised by others meanwhile. Leaves `version` alone. */
  reserve(
    session: UploadSession,
    octets: number,
    quota: UploadQuota,
  ): Promise<UploadSession | QuotaReached | undefined>;
  /** Saves over `session.version`, keeping the stored `ordinal`, `stagedOctets` and `reservedOctets`. A session that has ended is not opened again. */
  save(session: UploadSession): Promise<Saved<UploadSession>>;
  /** Keeps what part a window was composed into; the last word on a part number wins. */
  recordPart(id: UploadId, part: ComposedPart): Promise<void>;
  composedParts(id: UploadId): Promise<ComposedPart[]>;
  /** Sessions under way past `expiresAt`, in no order. */
  expired(at: number, limit: number): Promise<UploadSession[]>;
}
