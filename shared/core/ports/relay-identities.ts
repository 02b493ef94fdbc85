import type { EnrolAnswer } from '../../protocol/relay-protocol.ts';
import type { RelayId } from '../domain/ids.ts';

export interface RelayIdentities {
  /**
   * Signs a relay's certificate request, whatever subject it names: the certificate lets its key in as this relay and
   * no other. Throws `bad-request` on a request that is none.
   */
  issue(relayId: RelayId, csr: string): Promise<Omit<EnrolAnswer, 'relayId' | 'locationId'>>;
  /** From then on the relay cannot connect, and is disconnected if it is; within minutes in AWS. */
  revoke(relayId: RelayId): Promise<void>;
}
