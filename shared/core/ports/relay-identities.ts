import type { EnrolAnswer } from '../../protocol/relay-protocol.ts';
import type { RelayId } from '../domain/ids.ts';

export interface RelayIdentities {
  /** The id of a new relay, made from a random token. Installations that share a broker give different ones. */
  idFor(token: string): Promise<RelayId>;
  /**
   * Signs a relay's certificate request and ignores its subject: the certificate admits its key as this relay only.
   * Throws `bad-request` if the request is not a valid CSR.
   */
  issue(relayId: RelayId, csr: string): Promise<Omit<EnrolAnswer, 'relayId' | 'locationId'>>;
  /** From then on the relay cannot connect, and is disconnected if it is connected; within minutes in AWS. */
  revoke(relayId: RelayId): Promise<void>;
}
