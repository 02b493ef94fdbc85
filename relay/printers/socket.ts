import { parseSocketUri } from '../../shared/core/domain/device-address.ts';
import { type DeviceOptions, deviceTimes } from './device-options.ts';
import type { OutputDevice } from './output-device.ts';
import { openRawDevice } from './raw-device.ts';
import { connect, probe, SocketConversation } from './socket-conversation.ts';

/**
 * A raw socket, port 9100: octets go in and no answer comes out. The one sign of life is the peer's FIN after ours.
 * Printers send it when they have taken the last octet off the wire, which is as near to "printed" as this way goes. A
 * write that returned proves nothing: the octets may still be in our own buffers.
 */
export function openSocketDevice(deviceId: string, uri: string, options: DeviceOptions = {}): OutputDevice {
  const target = parseSocketUri(uri);
  const times = deviceTimes({ closeMilliseconds: target.idleMilliseconds, ...options });
  return openRawDevice(deviceId, uri, {
    scheme: 'socket',
    name: 'a raw connection',
    pauseMilliseconds: target.pauseMilliseconds,
    probeMilliseconds: times.probeMilliseconds,
    probe: signal => probe(target, times, signal),
    async open({ signal }) {
      const socket = await connect(target, times, signal);
      return new SocketConversation(socket, times, target.closesAtEnd, signal);
    },
  });
}
