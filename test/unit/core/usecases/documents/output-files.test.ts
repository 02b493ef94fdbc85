import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someCompany, someToken } from '../../../../../doubles/samples.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import { storeConverted } from '../../../../../shared/core/usecases/documents/output-files.ts';

type Stored = Parameters<typeof storeConverted>[0];

/** A store that takes a stream piece by piece. */
function storeOf(): { ports: Stored; pieces: Uint8Array[] } {
  const pieces: Uint8Array[] = [];
  const documents = {
    async put(key: string, content: Uint8Array | Readable) {
      for await (const piece of content instanceof Uint8Array ? [content] : content) pieces.push(piece);
      return { key, octets: 0, sha256: '', format: 'application/pdf' };
    },
  };
  const clock = { now: () => 0, token: someToken };
  const registry = { getCompany: async () => undefined };
  const storedOctets = { add: async () => undefined };
  return { ports: { documents, clock, registry, storedOctets } as unknown as Stored, pieces };
}

const job = {
  id: someToken(),
  companyId: someCompany(),
  output: { fileName: 'a.pdf', keepMilliseconds: 0, once: false, isBase64: true },
} as unknown as Job;

describe('a result that is kept in Base64', () => {
  it('is that of the whole document, whatever pieces it is read in', async () => {
    const octets = fc.uint8Array({ maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(octets, { maxLength: 6 }), async read => {
        const { ports, pieces } = storeOf();

        await storeConverted(ports, job, async () => Readable.from(read.map(piece => Buffer.from(piece))));

        expect(Buffer.concat(pieces).toString()).toBe(Buffer.concat(read).toString('base64'));
      }),
    );
  });

  it('is never in memory as a whole', async () => {
    const { ports, pieces } = storeOf();
    const read = Array.from({ length: 64 }, () => Buffer.alloc(1000));

    await storeConverted(ports, job, async () => Readable.from(read));

    expect(Math.max(...pieces.map(piece => piece.length))).toBeLessThan(2000);
  });
});
