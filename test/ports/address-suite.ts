import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { contentOf, expectBytes, someBytes, someCompany } from '../../doubles/samples.ts';
import type { DocumentStore } from '../../shared/core/ports/index.ts';
import { type DocumentHarness, keyIn } from './document-store-suite.ts';

const partOctets = 5 * 1024 * 1024;

/** Presigned addresses, by real HTTP. */
export function addressSuite(name: string, open: () => Promise<DocumentHarness>, octets = 300_000): void {
  describe(`document store, presigned addresses of ${octets} octets: ${name}`, () => {
    let harness: DocumentHarness;
    let documents: DocumentStore;
    const company = someCompany();
    const bytes = someBytes(octets);

    beforeAll(async () => {
      harness = await open();
      documents = harness.documents;
    });
    afterEach(async () => {
      await documents.delete((await documents.list(`companies/${company}/`)).map(document => document.key));
      expect(await harness.leftBehind()).toEqual([]);
    });
    afterAll(() => harness.close());

    const stored = async (format?: string) => {
      const key = keyIn(company);
      await documents.put(key, bytes, { format });
      return key;
    };
    const bodyOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
    /** One character of it is another one. */
    const tampered = (address: string) =>
      `${address.slice(0, -6)}${address.at(-6) === 'a' ? 'b' : 'a'}${address.slice(-5)}`;

    describe('to read', () => {
      test('give the document to anybody', async () => {
        const key = await stored();

        const response = await fetch(await documents.presignRead(key, { expiresSeconds: 60 }));

        expect(response.status).toBe(200);
        expect(response.headers.get('content-length')).toBe(String(bytes.length));
        expectBytes(await bodyOf(response), bytes);
      });

      test('give the range that is asked for', async () => {
        const address = await documents.presignRead(await stored(), { expiresSeconds: 60 });

        const response = await fetch(address, { headers: { range: 'bytes=1000-1999' } });
        const rest = await fetch(address, { headers: { range: `bytes=${octets - 1000}-` } });

        expect(response.status).toBe(206);
        expect(response.headers.get('content-range')).toBe(`bytes 1000-1999/${octets}`);
        expectBytes(await bodyOf(response), bytes.subarray(1000, 2000));
        expectBytes(await bodyOf(rest), bytes.subarray(octets - 1000));
      });

      test('tell the format that was put, or the one that is asked for', async () => {
        const key = await stored('text/html; charset=utf-8');

        const put = await fetch(await documents.presignRead(key, { expiresSeconds: 60 }));
        const asked = await fetch(await documents.presignRead(key, { expiresSeconds: 60, format: 'application/pdf' }));

        expect(put.headers.get('content-type')).toBe('text/html; charset=utf-8');
        expect(asked.headers.get('content-type')).toBe('application/pdf');
        await Promise.all([put.body?.cancel(), asked.body?.cancel()]);
      });

      test('name an attachment, in any script', async () => {
        const address = await documents.presignRead(await stored(), {
          expiresSeconds: 60,
          fileName: 'Facture n°5 請求.pdf',
        });

        const response = await fetch(address);

        const disposition = response.headers.get('content-disposition') ?? '';
        expect(disposition).toMatch(/^attachment;/);
        expect(disposition).toContain(`filename*=UTF-8''Facture%20n%C2%B05%20%E8%AB%8B%E6%B1%82.pdf`);
        await response.body?.cancel();
      });

      test('stay short, and harmless, whatever the name', async () => {
        const fileName = `../a"b\r\nSet-Cookie: c=1;${'長い名前'.repeat(500)}.pdf`;

        const address = await documents.presignRead(await stored(), { expiresSeconds: 60, fileName });
        const response = await fetch(address);

        expect(address.length).toBeLessThan(1000);
        expect(response.status).toBe(200);
        expect(response.headers.get('set-cookie')).toBeNull();
        expect(response.headers.get('content-disposition')).toMatch(/^attachment;.*\.pdf/);
        await response.body?.cancel();
      });

      test('are refused when changed, or when their time is over', async () => {
        const key = await stored();
        const address = await documents.presignRead(key, { expiresSeconds: 1 });

        const changed = await fetch(tampered(address));
        await harness.advance(2500);
        const late = await fetch(address);

        expect([changed.status, late.status]).toEqual([403, 403]);
        expect((await bodyOf(late)).includes(bytes.subarray(0, 20))).toBe(false);
        await changed.body?.cancel();
      });

      test('find nothing when the document is gone', async () => {
        const address = await documents.presignRead(keyIn(company), { expiresSeconds: 60 });

        const response = await fetch(address);

        expect(response.status).toBe(404);
        await response.body?.cancel();
      });

      test('do not write', async () => {
        const key = await stored();

        const response = await fetch(await documents.presignRead(key, { expiresSeconds: 60 }), {
          method: 'PUT',
          body: 'other',
        });

        expect(response.status).toBe(403);
        expectBytes(await contentOf(await documents.read(key)), bytes);
        await response.body?.cancel();
      });
    });

    describe('to put a document', () => {
      test('take it whatever type and headers it comes with, and replace what was there', async () => {
        const key = await stored();
        const address = await documents.presignWrite(key, 60);
        const headers = { 'content-type': 'image/nonsense', 'x-api-key': 'whatever' };

        const response = await fetch(address, { method: 'PUT', body: 'new', headers });

        expect(response.status).toBe(200);
        expect(await response.text()).toBe('');
        expect((await contentOf(await documents.read(key)))?.toString()).toBe('new');
      });

      test('are refused when changed, for reading, or when their time is over', async () => {
        const key = keyIn(company);
        const address = await documents.presignWrite(key, 1);

        const changed = await fetch(tampered(address), { method: 'PUT', body: bytes });
        const read = await fetch(address);
        await harness.advance(2500);
        const late = await fetch(address, { method: 'PUT', body: bytes });

        expect([changed.status, read.status, late.status]).toEqual([403, 403, 403]);
        expect(await documents.read(key)).toBeUndefined();
      });
    });

    describe('to put a part', () => {
      const one = { part: 1, octets: bytes.length };
      const begin = async () => {
        const key = keyIn(company);
        return { key, id: await documents.createMultipart(key, partOctets) };
      };

      test('take it, and answer its etag', async () => {
        const { key, id } = await begin();
        const address = await documents.presignPart(key, id, one, 60);

        const response = await fetch(address, { method: 'PUT', body: bytes });

        expect(response.status).toBe(200);
        const part = { part: 1, etag: response.headers.get('etag') as string, octets: bytes.length };
        expect(await documents.parts(key, id)).toEqual([part]);
        await documents.completeMultipart(key, id, [part]);
        expectBytes(await contentOf(await documents.read(key)), bytes);
      });

      test('are refused when changed, or when their time is over', async () => {
        const { key, id } = await begin();
        const address = await documents.presignPart(key, id, one, 1);

        const changed = await fetch(tampered(address), { method: 'PUT', body: bytes });
        await harness.advance(2500);
        const late = await fetch(address, { method: 'PUT', body: bytes });

        expect([changed.status, late.status]).toEqual([403, 403]);
        expect(await documents.parts(key, id)).toEqual([]);
        await documents.abortMultipart(key, id);
      });

      test('are refused for more or fewer octets than they were made for', async () => {
        const { key, id } = await begin();
        const address = await documents.presignPart(key, id, one, 60);
        const put = (body: Buffer) => fetch(address, { method: 'PUT', body: Uint8Array.from(body) });

        const answers = await Promise.all([put(bytes.subarray(1)), put(Buffer.concat([bytes, Buffer.from('x')]))]);

        expect(answers.map(({ status }) => status)).toEqual([403, 403]);
        expect(await documents.parts(key, id)).toEqual([]);
        await documents.abortMultipart(key, id);
      });

      test('find nothing when the upload is gone', async () => {
        const { key, id } = await begin();
        const address = await documents.presignPart(key, id, one, 60);
        await documents.abortMultipart(key, id);

        const response = await fetch(address, { method: 'PUT', body: bytes });

        expect(response.status).toBe(404);
      });

      test('leave nothing of a body that stops half-way', async () => {
        const { key, id } = await begin();
        const address = new URL(await documents.presignPart(key, id, one, 60));

        await new Promise<void>(resolve => {
          const put = (address.protocol === 'https:' ? requestTls : request)(address, {
            method: 'PUT',
            headers: { 'content-length': bytes.length },
          });
          put.on('error', () => resolve());
          put.write(bytes.subarray(0, 100_000), () => setImmediate(() => put.destroy()));
          put.on('close', () => resolve());
        });

        expect(await documents.parts(key, id)).toEqual([]);
        const etag = await documents.putPart(key, id, 1, bytes);
        await documents.completeMultipart(key, id, [{ part: 1, etag, octets: bytes.length }]);
        expectBytes(await contentOf(await documents.read(key)), bytes);
      });
    });
  });
}
