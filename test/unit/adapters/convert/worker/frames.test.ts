import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { type Frame, readFrames, writeFrame } from '../../../../../shared/adapters/convert/worker/frames.ts';

/** Writes the octets in pieces of this size and returns what is read of them. */
async function readInPieces(
  octets: Buffer,
  size: number,
  octetsAtMost = 10_000,
): Promise<{ frames: Frame[]; error?: Error }> {
  const pipe = new PassThrough();
  const frames: Frame[] = [];
  let error: Error | undefined;
  pipe.on('error', reason => {
    error = reason;
  });
  readFrames(pipe, octetsAtMost, frame => frames.push(frame));
  for (let at = 0; at < octets.length; at += size) pipe.write(octets.subarray(at, at + size));
  await new Promise(resolve => setImmediate(resolve));
  return { frames, error };
}

async function written(...frames: [message: object, octets?: Uint8Array][]): Promise<Buffer> {
  const pipe = new PassThrough();
  for (const [message, octets] of frames) await writeFrame(pipe, message, octets);
  return pipe.read() as Buffer;
}

test.each([1, 3, 8, 64, 10_000])('frames come as they were written, in pieces of %i octets', async size => {
  const octets = await written([{ type: 'a' }], [{ type: 'b', text: 'ä' }, Buffer.from('octets')], [{}]);

  const { frames } = await readInPieces(octets, size);

  expect(frames.map(({ message, octets }) => [message, octets.toString()])).toEqual([
    [{ type: 'a' }, ''],
    [{ type: 'b', text: 'ä' }, 'octets'],
    [{}, ''],
  ]);
});

test('a frame that is too large is refused before it is taken in', async () => {
  const head = Buffer.alloc(8, 0xff);

  const { frames, error } = await readInPieces(head, 8);

  expect(frames).toEqual([]);
  expect(error?.message).toMatch(/larger than 10000/);
});

test('what is no JSON has no message', async () => {
  const octets = await written([{ type: 'a' }]);
  octets[8] = 0x21;

  expect((await readInPieces(octets, 100)).frames).toEqual([{ message: undefined, octets: Buffer.alloc(0) }]);
});
