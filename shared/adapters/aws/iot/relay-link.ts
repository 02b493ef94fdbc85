import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { PrintError } from '../../../core/domain/errors.ts';
import type { RelayLink } from '../../../core/ports/index.ts';
import { downTopic } from '../../../protocol/relay-protocol.ts';
import { log } from '../../../telemetry/log.ts';
import { clientOptions, type Surroundings } from '../clients.ts';

export const openIotData = (surroundings: Surroundings) =>
  new IoTDataPlaneClient(clientOptions(surroundings, { requestMilliseconds: 3000, attempts: 4 }));

/**
 * Publishes at QoS 0. To a session that ends with its connection QoS 1 adds no delivery that TCP does not give, and AWS
 * charges the acknowledgement as a third message [AWS IoT Core, additional metering details].
 */
export function makeRelayLink(client: IoTDataPlaneClient): RelayLink {
  return {
    async publish(relayId, message, withinMilliseconds) {
      const payload = Buffer.from(JSON.stringify(message));
      try {
        const abortSignal = withinMilliseconds === undefined ? undefined : AbortSignal.timeout(withinMilliseconds);
        await client.send(new PublishCommand({ topic: downTopic(relayId), qos: 0, payload }), { abortSignal });
      } catch (cause) {
        log('relay-not-told', { relayId, type: message.type, error: cause });
        throw new PrintError('internal', 'The relay link does not answer.', { cause });
      }
    },
  };
}
