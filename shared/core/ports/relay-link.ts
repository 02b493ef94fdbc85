import type { DownMessage } from '../../protocol/relay-protocol.ts';
import type { RelayId } from '../domain/ids.ts';

export interface RelayLink {
  /**
   * To a relay that listens now; lost when it does not. With `withinMilliseconds`, throws when the message is not on its
   * way by then; it may arrive all the same.
   */
  publish(relayId: RelayId, message: DownMessage, withinMilliseconds?: number): Promise<void>;
}
