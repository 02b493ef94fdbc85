import { parseLpdUri } from '../../shared/core/domain/device-address.ts';
import { type DeviceOptions, deviceTimes } from './device-options.ts';
import { LpdConversation } from './lpd-conversation.ts';
import type { OutputDevice } from './output-device.ts';
import { openRawDevice } from './raw-device.ts';
import { connect, probe } from './socket-conversation.ts';

/**
 * A queue of the line printer daemon protocol [RFC 1179], as old printers and print servers have it. Each part of a job
 * is acknowledged, the document last: that says that it was taken, and nothing of paper.
 */
export function openLpdDevice(deviceId: string, uri: string, options: DeviceOptions = {}): OutputDevice {
  const target = parseLpdUri(uri);
  const times = deviceTimes(options);
  return openRawDevice(deviceId, uri, {
    scheme: 'lpd',
    name: 'LPD',
    pauseMilliseconds: 0,
    probeMilliseconds: times.probeMilliseconds,
    probe: signal => probe(target, times, signal),
    async open({ ticket, signal }, octets) {
      const conversation = new LpdConversation(await connect(target, times, signal), times, signal);
      try {
        await conversation.announce(target.queue, ticket, octets);
        return conversation;
      } catch (error) {
        conversation.end();
        throw error;
      }
    },
  });
}
