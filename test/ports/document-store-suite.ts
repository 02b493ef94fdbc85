import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Harness } from '../../doubles/harness.ts';
import { broken, contentOf, expectBytes, someBytes, someCompany, someToken } from '../../doubles/samples.ts';
import type { CompanyId } from '../../shared/core/domain/ids.ts';
import type { DocumentStore } from '../../shared/core/ports/index.ts';

export type DocumentHarness = Harness & { documents: DocumentStore };

export const keyIn = (company: CompanyId) => `companies/${company}/documents/${someToken()}`;

/** Whole documents of `octets`. Multipart uploads and addresses have their own suites. */
export function documentStoreSuite(name: string, open: () => Promise<DocumentHarness>, octets = 20_000): void {
  describe(`document store, ${octets} octets: ${name}`, () => {
    const signature = '%PDF-1.7\n';
    const pdf = Buffer.concat([Buffer.from(signature), someBytes(octets - signature.length)]);
    let harness: DocumentHarness;
    let documents: DocumentStore;
    const company = someCompany();

    beforeAll(async () => {
      harness = await open();
      documents = harness.documents;
    });
    afterEach(async () => {
      const keys = (await documents.list(`companies/${company}/`)).map(document => document.key);
      await documents.delete(keys);
      expect(await harness.leftBehind()).toEqual([]);
    });
    afterAll(() => harness.close());

    test('stores bytes, and returns their size, digest and sniffed format', async () => {
      const key = keyIn(company);

      const stored = await documents.put(key, pdf, { format: 'text/plain' });

      const sha256 = createHash('sha256').update(pdf).digest('hex');
      expect(stored).toEqual({ key, octets: pdf.length, sha256, format: 'application/pdf' });
      expectBytes(await contentOf(await documents.read(key)), pdf);
      expect(await documents.octets(key)).toBe(pdf.length);
    });

    test('stores a stream like bytes', async () => {
      const key = keyIn(company);
      const pieces = Array.from({ length: 300 }, (_, index) => someBytes(7001, index));
      const whole = Buffer.concat(pieces);

      const stored = await documents.put(key, Readable.from(pieces));

      expect(stored.octets).toBe(whole.length);
      expect(stored.sha256).toBe(createHash('sha256').update(whole).digest('hex'));
      expectBytes(await contentOf(await documents.read(key)), whole);
    });

    test('sniffs the format of a stream whose first chunks are small', async () => {
      const stored = await documents.put(keyIn(company), Readable.from([...'%PDF-1.4\n'].map(c => Buffer.from(c))));

      expect(stored.format).toBe('application/pdf');
    });

    test('stores an empty document', async () => {
      const key = keyIn(company);

      await documents.put(key, Buffer.alloc(0));

      expect(await documents.octets(key)).toBe(0);
      expectBytes(await contentOf(await documents.read(key)), Buffer.alloc(0));
    });

    test('replaces the whole document, while open readers finish the old one', async () => {
      const key = keyIn(company);
      await documents.put(key, pdf);
      const reading = await documents.read(key);

      await documents.put(key, Buffer.from('short'));

      expectBytes(await contentOf(await documents.read(key)), Buffer.from('short'));
      expect(await documents.list(`companies/${company}/`)).toEqual([{ key, octets: 5 }]);
      expectBytes(await contentOf(reading), pdf);
    });

    test('replaces a document by a larger one', async () => {
      const key = keyIn(company);
      await documents.put(key, Buffer.from('short'));

      await documents.put(key, pdf);

      expectBytes(await contentOf(await documents.read(key)), pdf);
      expect(await documents.list(`companies/${company}/`)).toEqual([{ key, octets }]);
    });

    test('stores nothing of a stream that fails', async () => {
      const key = keyIn(company);

      await expect(documents.put(key, Readable.from(broken(300_000)))).rejects.toThrow('the client went away');

      expect(await documents.octets(key)).toBeUndefined();
      expect(await harness.leftBehind()).toEqual([]);
    });

    test('keeps the old document if the stream that replaces it fails', async () => {
      const key = keyIn(company);
      await documents.put(key, pdf);

      await expect(documents.put(key, Readable.from(broken(300_000)))).rejects.toThrow('the client went away');

      expectBytes(await contentOf(await documents.read(key)), pdf);
    });

    test.each([
      [0, 1],
      [0, 100],
      [5, 9],
      [octets - 9, octets],
      [octets - 9, octets + 80_000],
    ])('reads octets [%i, %i)', async (from, to) => {
      const key = keyIn(company);
      await documents.put(key, pdf);

      expectBytes(await contentOf(await documents.read(key, { from, to })), pdf.subarray(from, to));
    });

    test('returns undefined for a missing document', async () => {
      expect(await documents.read(keyIn(company))).toBeUndefined();
      expect(await documents.read(keyIn(company), { from: 0, to: 5 })).toBeUndefined();
      expect(await documents.octets(keyIn(company))).toBeUndefined();
    });

    test('deletes documents, and ignores missing ones', async () => {
      const [first, second, kept] = [keyIn(company), keyIn(company), keyIn(company)];
      for (const key of [first, second, kept]) await documents.put(key, pdf);

      await documents.delete([first, keyIn(someCompany()), second]);
      await documents.delete([]);

      expect(await documents.read(first)).toBeUndefined();
      expect(await documents.read(second)).toBeUndefined();
      expect(await documents.octets(kept)).toBe(pdf.length);
    });

    test('lists only the keys under a prefix, with their sizes', async () => {
      const prefix = `companies/${company}/`;
      const neighbour = `companies/${company}0/documents/a`;
      const keys = ['documents/a', 'documents/a/b', 'documents/b', 'outputs/a'].map(rest => prefix + rest);
      for (const [index, key] of keys.entries()) await documents.put(key, someBytes(index));
      await documents.put(neighbour, pdf);

      const all = await documents.list(prefix);
      const some = await documents.list(`${prefix}documents/a/`);
      await documents.delete([neighbour]);

      const sizes = keys.map((key, octets) => ({ key, octets }));
      expect(all.toSorted((a, b) => a.octets - b.octets)).toEqual(sizes);
      expect(some).toEqual([{ key: keys[1], octets: 1 }]);
      expect(await documents.list(`companies/${someCompany()}/`)).toEqual([]);
    });

    test('keeps similar keys apart', async () => {
      const names = [
        'Case',
        'case',
        'a b',
        'a+b',
        'a%20b',
        'a%2Fb',
        'ü',
        'u\u0308',
        '文書 1.pdf',
        'dot.',
        '.dot',
        'x~1',
      ];
      const keys = names.map(name => `companies/${company}/documents/${name}`);

      for (const key of keys) await documents.put(key, Buffer.from(key));

      for (const key of keys) expectBytes(await contentOf(await documents.read(key)), Buffer.from(key));
      const listed = await documents.list(`companies/${company}/documents/`);
      expect(listed.map(document => document.key).toSorted()).toEqual(keys.toSorted());
    });

    test('stores many at once', async () => {
      const keys = Array.from({ length: 40 }, () => keyIn(company));

      await Promise.all(keys.map((key, index) => documents.put(key, someBytes(1000 + index, index))));

      for (const [index, key] of keys.entries()) {
        expectBytes(await contentOf(await documents.read(key)), someBytes(1000 + index, index));
      }
    });
  });
}
