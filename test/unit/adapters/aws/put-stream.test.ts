import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { putStream } from '../../../../shared/adapters/aws/s3/put-stream.ts';
import type { Part } from '../../../../shared/core/ports/index.ts';

const part = Buffer.alloc(8 * 1024 * 1024);

/** A store that takes parts as `takePart` says. */
function openStore(takePart: (part: number) => Promise<string>) {
  const done: unknown[] = [];
  const store = {
    createMultipart: async () => 'upload',
    putPart: (_key: string, _id: string, number: number) => takePart(number),
    completeMultipart: async (_key: string, id: string, parts: Part[]) => {
      done.push([id, parts]);
      return { octets: parts.reduce((sum, { octets }) => sum + octets, 0) };
    },
    abortMultipart: async (_key: string, id: string) => {
      done.push(['aborted', id]);
      throw new Error('S3 is away.');
    },
  };
  const put = (...pieces: Buffer[]) =>
    putStream(store, () => Promise.reject(new Error('not at once')), 'key', Readable.from(pieces));
  return { put, done };
}

describe('a long stream', () => {
  it('is sent in parts, three at a time, whose order is that of the stream', async () => {
    const underWay = new Map<number, () => void>();
    let most = 0;
    const { put, done } = openStore(async number => {
      const taken = Promise.withResolvers<void>();
      most = Math.max(most, underWay.set(number, taken.resolve).size);
      // the last one first, as soon as there are three
      if (underWay.size === 3 || number === 5) for (const end of [...underWay.values()].toReversed()) end();
      await taken.promise;
      underWay.delete(number);
      return `etag ${number}`;
    });

    const { octets } = await put(part, part, part, part, Buffer.from('rest'));

    const parts = [1, 2, 3, 4].map(number => ({ part: number, etag: `etag ${number}`, octets: part.length }));
    expect(done).toEqual([['upload', [...parts, { part: 5, etag: 'etag 5', octets: 4 }]]]);
    expect([octets, most]).toEqual([4 * part.length + 4, 3]);
  });

  it('of which a part is refused fails for that reason, and is aborted once no part is under way', async () => {
    let isUnderWay = false;
    const { put, done } = openStore(async number => {
      if (number === 2) throw new Error('The part is refused.');
      isUnderWay = true;
      await new Promise(resolve => setImmediate(resolve));
      isUnderWay = false;
      return 'etag';
    });

    await expect(put(part, Buffer.from('rest'))).rejects.toThrow('The part is refused.');

    expect([done, isUnderWay]).toEqual([[['aborted', 'upload']], false]);
  });
});
