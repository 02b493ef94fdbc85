import type { EnrolmentCode, Relay } from '../domain/company.ts';
import type { RelayId } from '../domain/ids.ts';

/** Relays, and the codes by which new ones enrol. */
export interface RelayRegistry {
  getRelay(relayId: RelayId): Promise<Relay | undefined>;
  putRelay(relay: Relay): Promise<void>;
  getEnrolmentCode(digest: string): Promise<EnrolmentCode | undefined>;
  putEnrolmentCode(code: EnrolmentCode): Promise<void>;
  /**
   * Binds a code to its first user and returns the code as stored, also if another user was first. Undefined if there is no such
   * code.
   */
  useEnrolmentCode(digest: string, usedBy: NonNullable<EnrolmentCode['usedBy']>): Promise<EnrolmentCode | undefined>;
}
