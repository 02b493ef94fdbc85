import type { Duplex } from 'node:stream';

/** Overhead of a PUBLISH packet besides its payload: topic, message id and fixed header. */
const headroomOctets = 1024;

/**
 * Destroys a connection when an MQTT packet announces more than the maximum size. Otherwise the broker's parser would
 * buffer the whole packet [MQTT 3.1.1, 2.2.3: up to 256 MB].
 *
 * Call it after the broker has attached its `readable` listener: `data` is then emitted only for octets that the broker
 * reads.
 */
export function limitFrames(connection: Duplex, payloadOctets: number): void {
  const limit = payloadOctets + headroomOctets;
  let skip = 0; // octets that remain of the current packet
  let remaining = 0; // the "remaining length" field as parsed so far
  let digit = -1; // index of its next digit; -1: the next octet is the packet type

  connection.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      if (skip > 0) {
        const passed = Math.min(skip, chunk.length - at);
        skip -= passed;
        at += passed;
        continue;
      }
      const octet = chunk[at++] as number;
      if (digit >= 0) remaining += (octet & 0x7f) * 128 ** digit;
      const isLastDigit = digit >= 0 && (octet & 0x80) === 0;
      digit++;
      if (remaining > limit || (digit === 4 && !isLastDigit)) {
        connection.destroy(new Error('MQTT packet too large'));
        return;
      }
      if (isLastDigit) {
        skip = remaining;
        remaining = 0;
        digit = -1;
      }
    }
  });
}
