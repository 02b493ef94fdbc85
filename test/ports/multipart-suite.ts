import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { broken, contentOf, expectBytes, someBytes, someCompany } from '../../doubles/samples.ts';
import type { DocumentStore, Part } from '../../shared/core/ports/index.ts';
import { type DocumentHarness, keyIn } from './document-store-suite.ts';

/** S3's minimum for a part that is not the last [Amazon S3, multipart upload limits] */
const partOctets = 5 * 1024 * 1024;

/** Multipart uploads. */
export function multipartSuite(name: string, open: () => Promise<DocumentHarness>): void {
  describe(`document store, by parts: ${name}`, () => {
    let harness: DocumentHarness;
    let documents: DocumentStore;
    const company = someCompany();
    const [first, second, short] = [someBytes(partOctets, 1), someBytes(partOctets, 2), someBytes(1234, 3)];

    beforeAll(async () => {
      harness = await open();
      documents = harness.documents;
    });
    afterEach(async () => {
      await documents.delete((await documents.list(`companies/${company}/`)).map(document => document.key));
      expect(await harness.leftBehind()).toEqual([]);
    });
    afterAll(() => harness.close());

    const begin = async (format?: string) => {
      const key = keyIn(company);
      const id = await documents.createMultipart(key, partOctets, { format });
      const put = async (part: number, bytes: Uint8Array | Readable, octets: number): Promise<Part> => {
        const etag = await documents.putPart(key, id, part, bytes);
        return { part, etag, octets };
      };
      return { key, id, put };
    };

    test('completes the document from parts sent in any order, the last one short', async () => {
      const { key, id, put } = await begin();

      const third = await put(3, short, short.length);
      const parts = [
        await put(1, first, partOctets),
        await put(2, Readable.from([second.subarray(0, 1_000_001), second.subarray(1_000_001)]), partOctets),
        third,
      ];
      expect((await documents.parts(key, id)).toSorted((a, b) => a.part - b.part)).toEqual(parts);
      expect(await documents.octets(key)).toBeUndefined();
      const completed = await documents.completeMultipart(key, id, parts);

      expect(completed).toEqual({ octets: 2 * partOctets + short.length });
      expectBytes(await contentOf(await documents.read(key)), Buffer.concat([first, second, short]));
      expect(await documents.octets(key)).toBe(2 * partOctets + short.length);
    });

    test('accepts concurrent parts', async () => {
      const { key, id, put } = await begin();

      const parts = await Promise.all([put(1, first, partOctets), put(2, second, partOctets), put(3, short, 1234)]);
      await documents.completeMultipart(key, id, parts);

      expectBytes(await contentOf(await documents.read(key)), Buffer.concat([first, second, short]));
    });

    test('completes twice, also concurrently, with the same result', async () => {
      const { key, id, put } = await begin();
      const parts = [await put(1, short, short.length)];

      const both = await Promise.all([
        documents.completeMultipart(key, id, parts),
        documents.completeMultipart(key, id, parts),
      ]);
      const late = await documents.completeMultipart(key, id, parts);

      for (const answer of [...both, late]) expect(answer).toEqual({ octets: short.length });
      expectBytes(await contentOf(await documents.read(key)), short);
    });

    test('replaces a part by its repeat, with the same etag for the same octets', async () => {
      const { key, id, put } = await begin();
      const once = await put(1, short, short.length);
      const same = await put(1, short, short.length);
      const other = await put(1, first.subarray(0, 999), 999);

      expect(same.etag).toBe(once.etag);
      expect(await documents.parts(key, id)).toEqual([other]);
      expect(await documents.completeMultipart(key, id, [once])).toBe('part-changed');
      expect(await documents.octets(key)).toBeUndefined();
      expect(await documents.completeMultipart(key, id, [other])).toEqual({ octets: 999 });
      expectBytes(await contentOf(await documents.read(key)), first.subarray(0, 999));
    });

    test('uses the last version of a part in the middle of the document', async () => {
      const { key, id, put } = await begin();
      const old = [await put(1, second, partOctets), await put(2, second, partOctets)];
      const parts = [await put(1, first, partOctets), old[1] as Part, await put(3, short, short.length)];

      await documents.completeMultipart(key, id, parts);

      expectBytes(await contentOf(await documents.read(key)), Buffer.concat([first, second, short]));
    });

    test('completes the document from fewer parts than were put', async () => {
      const { key, id, put } = await begin();
      const parts = [await put(1, first, partOctets), await put(2, short, short.length)];
      await put(3, second, partOctets);

      await documents.completeMultipart(key, id, parts);

      expectBytes(await contentOf(await documents.read(key)), Buffer.concat([first, short]));
    });

    test('stores nothing of a part whose stream fails, and keeps the earlier part', async () => {
      const { key, id, put } = await begin();

      await expect(put(1, Readable.from(broken(2_000_000)), 0)).rejects.toThrow('the client went away');
      expect(await documents.parts(key, id)).toEqual([]);
      const stored = await put(1, short, short.length);
      await expect(put(1, Readable.from(broken(900)), 0)).rejects.toThrow('the client went away');

      expect(await documents.parts(key, id)).toEqual([stored]);
      await documents.completeMultipart(key, id, [stored]);
      expectBytes(await contentOf(await documents.read(key)), short);
    });

    test('refuses a part that was never put', async () => {
      const { key, id, put } = await begin();
      const part = await put(1, first, partOctets);

      expect(await documents.completeMultipart(key, id, [part, { part: 2, etag: '"0"', octets: 5 }])).toBe(
        'part-changed',
      );

      await documents.abortMultipart(key, id);
    });

    test('refuses a document with a gap, with a short part in the middle, or without parts', async () => {
      const { key, id, put } = await begin();
      const [a, b, c] = [await put(1, short, short.length), await put(2, first, partOctets), await put(3, short, 1234)];

      for (const parts of [[b, c], [a, c], [a, b], []]) {
        await expect(documents.completeMultipart(key, id, parts)).rejects.toMatchObject({ code: 'bad-value' });
      }

      expect(await documents.octets(key)).toBeUndefined();
      await documents.abortMultipart(key, id);
    });

    test('keeps the old document until the new one is complete', async () => {
      const { key, id, put } = await begin();
      await documents.put(key, Buffer.from('old'));

      const part = await put(1, short, short.length);
      const before = await contentOf(await documents.read(key));
      await documents.completeMultipart(key, id, [part]);

      expectBytes(before, Buffer.from('old'));
      expectBytes(await contentOf(await documents.read(key)), short);
    });

    test('is gone once aborted, and may be aborted again', async () => {
      const { key, id, put } = await begin();
      const part = await put(1, short, short.length);

      await documents.abortMultipart(key, id);
      await documents.abortMultipart(key, id);

      expect(await documents.parts(key, id)).toEqual([]);
      expect(await documents.completeMultipart(key, id, [part])).toBe('gone');
      await expect(put(2, short, short.length)).rejects.toMatchObject({ code: 'not-found' });
      expect(await documents.octets(key)).toBeUndefined();
    });

    test('is separate for each key', async () => {
      const { key, id, put } = await begin();
      const part = await put(1, short, short.length);
      const other = keyIn(company);

      expect(await documents.parts(other, id)).toEqual([]);
      expect(await documents.completeMultipart(other, id, [part])).toBe('gone');
      await documents.abortMultipart(other, id);

      expect(await documents.completeMultipart(key, id, [part])).toEqual({ octets: short.length });
    });

    test('creates a part from another document', async () => {
      const { key, id } = await begin();
      const [long, brief] = [keyIn(company), keyIn(company)];
      await documents.put(long, first);
      await documents.put(brief, short);

      const etags = [await documents.copyPart(key, id, 1, long), await documents.copyPart(key, id, 2, brief)];
      const parts = await documents.parts(key, id);
      await documents.completeMultipart(key, id, parts);

      expect(parts.map(part => part.etag)).toEqual(etags);
      expectBytes(await contentOf(await documents.read(key)), Buffer.concat([first, short]));
    });

    test('copies from the document of exactly that name', async () => {
      const { key, id } = await begin();
      const names = ['a b+c', 'a%20b+c', 'größe 文書'].map(name => `${keyIn(company)} ${name}`);
      for (const name of names) await documents.put(name, Buffer.from(name));

      for (const name of names) {
        await documents.copyPart(key, id, 1, name);
        expect(await documents.parts(key, id)).toMatchObject([{ octets: Buffer.byteLength(name) }]);
      }
      await documents.completeMultipart(key, id, await documents.parts(key, id));

      expectBytes(await contentOf(await documents.read(key)), Buffer.from(names.at(-1) as string));
    });

    test('copies nothing from a missing document', async () => {
      const { key, id } = await begin();

      await expect(documents.copyPart(key, id, 1, keyIn(company))).rejects.toMatchObject({ code: 'not-found' });

      expect(await documents.parts(key, id)).toEqual([]);
      await documents.abortMultipart(key, id);
    });
  });
}
