import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ampleQuota, someCompany, someSession } from '../../../../doubles/samples.ts';
import { openEmbedded } from '../../../../shared/adapters/embedded/open-embedded.ts';
import { putFileKey } from '../../../../shared/core/domain/document.ts';
import type { UploadSession } from '../../../../shared/core/domain/upload-session.ts';
import { someFolder } from './folder.ts';

const key = 'companies/c/documents/d';

async function open() {
  const folder = someFolder();
  const embedded = await openEmbedded({ folder, publicUrl: () => endpoint });
  const server = createServer(async (incoming, response) => {
    if (!(await embedded.storageHandler(incoming, response))) response.writeHead(418).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await embedded.close();
  });
  return { ...embedded, folder, endpoint };
}

async function openWithDocument() {
  const { documents, endpoint } = await open();
  await documents.put(key, Buffer.from('0123456789'));
  return { documents, endpoint, address: await documents.presignRead(key, { expiresSeconds: 60 }) };
}

test('ignores other paths', async () => {
  const { endpoint } = await open();

  for (const path of ['/', '/storage', '/storages/x']) expect((await fetch(endpoint + path)).status).toBe(418);
});

test.each(['', 'x', 'x.y', '.', 'e30.', '%00', 'e30.AAAA', '..', '__proto__'])('/storage/%s is refused', async path => {
  const { endpoint } = await open();

  expect((await fetch(`${endpoint}/storage/${path.replace('..', '%2e%2e.')}`)).status).toBe(403);
});

test.each([
  ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
  ['bytes=3-', 206, '3456789', 'bytes 3-9/10'],
  ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
  ['bytes=-3', 206, '789', 'bytes 7-9/10'],
  ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
  ['bytes=10-', 416, 'The range is not inside the document.', 'bytes */10'],
  ['bytes=-0', 416, 'The range is not inside the document.', 'bytes */10'],
  ['bytes=5-2', 200, '0123456789', null],
  ['bytes=0-1,4-5', 200, '0123456789', null],
  ['bytes=-', 200, '0123456789', null],
  ['lines=1-2', 200, '0123456789', null],
])('range %s is answered by %i', async (range, status, body, contentRange) => {
  const { address } = await openWithDocument();

  const response = await fetch(address, { headers: { range } });

  expect([response.status, await response.text()]).toEqual([status, body]);
  expect(response.headers.get('content-range')).toBe(contentRange);
});

test('a range of a replaced document returns the whole new one', async () => {
  const { documents, address } = await openWithDocument();
  const etag = (await fetch(address)).headers.get('etag') as string;
  const resume = () => fetch(address, { headers: { range: 'bytes=8-', 'if-range': etag } });

  expect(await (await resume()).text()).toBe('89');
  await documents.put(key, Buffer.from('abcdefghij'));

  expect(await (await resume()).text()).toBe('abcdefghij');
});

test('HEAD returns everything but the octets', async () => {
  const { address } = await openWithDocument();

  const response = await fetch(address, { method: 'HEAD' });

  expect(response.status).toBe(200);
  expect(response.headers.get('content-length')).toBe('10');
  expect(response.headers.get('accept-ranges')).toBe('bytes');
  expect(await response.text()).toBe('');
});

test('an empty document is served', async () => {
  const { documents, address } = await openWithDocument();
  await documents.put(key, Buffer.alloc(0));

  const response = await fetch(address);

  expect([response.status, await response.text()]).toEqual([200, '']);
});

test('pages of other origins may fetch documents, which are never rendered as pages', async () => {
  const { address } = await openWithDocument();

  const preflight = await fetch(address, { method: 'OPTIONS' });
  const response = await fetch(address);

  expect(preflight.status).toBe(204);
  for (const { headers } of [preflight, response]) expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
  expect(response.headers.get('access-control-expose-headers')).toContain('ETag');
  expect(response.headers.get('content-security-policy')).toBe('sandbox');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});

test.each(['POST', 'DELETE', 'PATCH'])('%s is refused', async method => {
  const { address } = await openWithDocument();

  expect((await fetch(address, { method })).status).toBe(403);
});

test('a part without a length, or too large, is refused before it is read', async () => {
  const { documents } = await open();
  const id = await documents.createMultipart(key, 1000);
  const address = await documents.presignPart(key, id, { part: 1, octets: 1000 }, 60);
  const put = (headers: Record<string, string | number>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const sending = request(address, { method: 'PUT', headers }, response => {
        response.resume();
        resolve(response.statusCode);
      });
      sending.on('error', reject);
      sending.end(Buffer.alloc(1001));
    });

  expect(await put({ 'transfer-encoding': 'chunked' })).toBe(411);
  expect(await put({ 'content-length': 1001 })).toBe(413);
  expect(await documents.parts(key, id)).toEqual([]);
});

const digestHeaders: [header: string, algorithm: string, form: (base64: string) => string][] = [
  ['content-md5', 'md5', text => text],
  ['x-amz-checksum-sha256', 'sha256', text => text],
  ['content-digest', 'sha256', text => `sha-256=:${text}:`],
];
test.each(digestHeaders)('a document or part that does not have its %s is refused', async (header, algorithm, form) => {
  const { documents, endpoint: _endpoint } = await open();
  const [octets, hurt] = [Buffer.from('0123456789'), Buffer.from('0123456780')];
  const digest = form(createHash(algorithm).update(octets).digest('base64'));
  const multipart = await documents.createMultipart(key, 10);
  const part = { part: 1, octets: 10 };
  const addresses = [await documents.presignWrite(key, 60), await documents.presignPart(key, multipart, part, 60)];

  for (const address of addresses) {
    const put = async (body: Buffer<ArrayBuffer>) =>
      (await fetch(address, { method: 'PUT', headers: { [header]: digest }, body })).status;

    expect([await put(hurt), await put(octets)]).toEqual([400, 200]);
  }
  expect(await documents.octets(key)).toBe(10);
});

test.each([
  ['content-type', 'multipart/form-data; boundary=B'],
  ['content-encoding', 'gzip'],
])('an envelope or coding is refused: %s %s', async (header, value) => {
  const { documents } = await open();

  const answer = await fetch(await documents.presignWrite(key, 60), {
    method: 'PUT',
    headers: { [header]: value },
    body: 'x',
  });

  expect(answer.status).toBe(415);
  expect(await documents.octets(key)).toBeUndefined();
});

describe('the address of a file', () => {
  async function openFile(octets = 100) {
    const embedded = await open();
    const companyId = someCompany();
    const uploadQuota = { documentOctets: 1000, openSessions: 10, octetsInFlight: 1500 };
    await embedded.registry.saveCompany({ companyId, name: 'C', active: true, uploadQuota, version: 0 });
    const fresh = someSession(companyId, { reservedOctets: octets });
    const session = { ...fresh, key: putFileKey(companyId, fresh.id) };
    const created = (await embedded.uploads.create(session, ampleQuota)) as UploadSession;
    const address = await embedded.documents.presignWrite(session.key, 60);
    const put = async (body: Buffer<ArrayBuffer>) => (await fetch(address, { method: 'PUT', body })).status;
    return { ...embedded, address, session: created, put };
  }

  test('takes what the company has room for and a document may have', async () => {
    const { put, uploads, session, documents } = await openFile();

    expect([await put(Buffer.alloc(1001)), await documents.octets(session.key)]).toEqual([403, undefined]);
    expect([await put(Buffer.alloc(1000)), await documents.octets(session.key)]).toEqual([200, 1000]);
    expect(await uploads.get(session.id)).toMatchObject({ reservedOctets: 1000 });
  });

  test('takes nothing once its upload has ended', async () => {
    const { put, uploads, session, documents } = await openFile();
    await uploads.save({ ...session, state: 'expired' });

    expect([await put(Buffer.alloc(10)), await documents.octets(session.key)]).toEqual([403, undefined]);
  });

  test('leaves nothing of a file whose upload ends while it is written', async () => {
    const { address, uploads, session, documents, folder } = await openFile();
    const sending = request(address, { method: 'PUT', headers: { 'content-length': 10 } });
    sending.write(Buffer.alloc(5));
    await expect.poll(() => readdir(join(folder, 'temporary'))).toHaveLength(1);
    await uploads.save({ ...session, state: 'expired' });
    sending.end(Buffer.alloc(5));
    await new Promise(resolve => sending.once('response', response => response.resume().once('end', resolve)));

    await expect.poll(() => documents.octets(session.key)).toBeUndefined();
  });
});
