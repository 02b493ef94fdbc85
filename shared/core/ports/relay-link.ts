import type { DownMessage } from '../../protocol/relay-protocol.ts';
import type { RelayId } from '../domain/ids.ts';

export interface RelayLink {
  /**
   * Publishes to a relay that is connected now; the message is lost if it is not. With `withinMilliseconds`, throws if
   * the message was not sent in time; it may arrive nevertheless.
   */
  publish(relayId: RelayId, message: DownMessage, withinMilliseconds?: number): Promise<void>;
}
