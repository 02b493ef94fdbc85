import type { CompanyId, UploadId } from '../domain/ids.ts';
import type { QuotaReached, UploadQuota } from '../domain/upload-quota.ts';
import type { ComposedPart, UploadSession } from '../domain/upload-session.ts';
import type { Saved } from './saved.ts';

export interface UploadStore {
  /**
   * Stores version 1. An active session counts in its company's quota, by one and by `reservedOctets`, until it is
   * saved in a final state; if it does not fit, nothing is written. The count is exact, also after a failure.
   */
  create(session: UploadSession, quota: UploadQuota): Promise<UploadSession | QuotaReached>;
  /** As of the last acknowledged save, or later. */
  get(id: UploadId): Promise<UploadSession | undefined>;
  /**
   * Raises `ordinal` by one and `stagedOctets` by `octets`. Returns undefined if the session does not exist, is not
   * open or is another company's, and `no-room` if it has not reserved enough. One write, no read. Does not change `version`.
   */
  nextOrdinal(id: UploadId, octets: number, companyId: CompanyId): Promise<UploadSession | 'no-room' | undefined>;
  /**
   * Raises the reservation of an open session to `octets`. Returns undefined if it is not open or another caller raised
   * it meanwhile. Does not change `version`.
   */
  reserve(
    session: UploadSession,
    octets: number,
    quota: UploadQuota,
  ): Promise<UploadSession | QuotaReached | undefined>;
  /**
   * Saves if the stored version is `session.version`, and keeps the stored `ordinal`, `stagedOctets` and
   * `reservedOctets`. A session in a final state cannot be opened again.
   */
  save(session: UploadSession): Promise<Saved<UploadSession>>;
  /** Records the part that a window was composed into. The last write for a part number wins. */
  recordPart(id: UploadId, part: ComposedPart): Promise<void>;
  composedParts(id: UploadId): Promise<ComposedPart[]>;
  /** Active sessions past `expiresAt`, in no order. */
  expired(at: number, limit: number): Promise<UploadSession[]>;
}
