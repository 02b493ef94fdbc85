import type { Duplex } from 'node:stream';

/** Beside a payload of the largest size: topic, message id and fixed header of a PUBLISH. */
const headroomOctets = 1024;

/**
 * Destroys a connection as soon as an MQTT packet says that it is larger than it may be. The broker's parser would
 * gather the whole of it in memory first [MQTT 3.1.1, 2.2.3: up to 256 MB].
 *
 * Call it after the broker has attached its `readable` listener: `data` is then only emitted for what the broker reads.
 */
export function limitFrames(connection: Duplex, payloadOctets: number): void {
  const limit = payloadOctets + headroomOctets;
  let skip = 0; // octets of the present packet that are still to come
  let remaining = 0; // "remaining length" as read so far
  let digit = -1; // which digit of it comes next; -1: the packet's first octet does

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
