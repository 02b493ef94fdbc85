import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import type { RelayLink } from '../../../core/ports/index.ts';
import { downTopic } from '../../../protocol/relay-protocol.ts';
import { log } from '../../../telemetry/log.ts';
import { awsError } from '../aws-error.ts';
import { type ClientSettings, clientOptions } from '../clients.ts';

export const openIotData = (settings: ClientSettings) =>
  new IoTDataPlaneClient(clientOptions(settings, { requestMilliseconds: 3000, attempts: 4 }));

/**
 * Publishes at QoS 0. For a clean session, QoS 1 adds no delivery guarantee over TCP, and AWS bills its acknowledgement
 * as a message [AWS IoT Core, additional metering details].
 */
export function makeRelayLink(client: IoTDataPlaneClient): RelayLink {
  return {
    async publish(relayId, message, withinMilliseconds) {
      const payload = Buffer.from(JSON.stringify(message));
      try {
        const abortSignal = withinMilliseconds === undefined ? undefined : AbortSignal.timeout(withinMilliseconds);
        await client.send(new PublishCommand({ topic: downTopic(relayId), qos: 0, payload }), { abortSignal });
      } catch (cause) {
        log.warn('relay-publish-failed', { relayId, type: message.type, error: cause });
        throw awsError('AWS IoT', cause);
      }
    },
  };
}
