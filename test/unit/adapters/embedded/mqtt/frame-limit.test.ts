import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitFrames } from '../../../../../shared/adapters/embedded/mqtt/frame-limit.ts';

const payloadOctets = 300;
/** with 1,024 octets for what a packet has besides */
const limit = payloadOctets + 1024;

/** A packet of MQTT [MQTT 3.1.1, 2.2.3] with so many octets after its header. */
function packet(octets: number): Buffer {
  const digits: number[] = [];
  for (let rest = octets; digits.length === 0 || rest > 0; rest = Math.floor(rest / 128))
    digits.push((rest % 128) + (rest >= 128 ? 128 : 0));
  return Buffer.concat([Buffer.of(0x30, ...digits), Buffer.alloc(octets, 0xff)]);
}

/** Whether a connection is destroyed that brings these octets in chunks of these sizes, again and again. */
function isDestroyed(octets: Buffer, sizes: number[], most = payloadOctets): boolean {
  const connection = new PassThrough();
  connection.on('error', () => undefined);
  limitFrames(connection, most);
  for (let at = 0, turn = 0; at < octets.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    connection.emit('data', octets.subarray(at, at + size));
    at += size;
  }
  return connection.destroyed;
}

describe('a connection', () => {
  it('is destroyed by a packet that is too large, however its octets come, and by no other', () => {
    const lengths = fc.oneof(fc.nat(limit), fc.constantFrom(0, 1, 127, 128, limit - 1, limit, limit + 1, 16_384));
    fc.assert(
      fc.property(
        fc.array(lengths, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 }),
        (octets, sizes) => {
          const isTooLarge = octets.some(count => count > limit);

          expect(isDestroyed(Buffer.concat(octets.map(packet)), sizes)).toBe(isTooLarge);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is destroyed as soon as a packet is announced', () => {
    const announced = packet(limit + 1).subarray(0, 3);

    expect([isDestroyed(announced, [1]), isDestroyed(announced.subarray(0, 2), [1])]).toEqual([true, false]);
  });

  it.each([
    ['of four digits', Buffer.of(0x30, 0x80, 0x80, 0x80, 0x01), false],
    ['of five digits', Buffer.of(0x30, 0x80, 0x80, 0x80, 0x80), true],
  ])('may have a length %s: destroyed %s', (_name, octets, expected) => {
    expect(isDestroyed(octets, [1], 256 * 1024 * 1024)).toBe(expected);
  });
});
