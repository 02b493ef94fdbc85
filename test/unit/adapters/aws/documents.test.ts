import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeDocuments } from '../../../../shared/adapters/aws/s3/documents.ts';
import { makePresigner } from '../../../../shared/adapters/aws/s3/presigner.ts';
import { openS3 } from '../../../../shared/adapters/aws/s3/s3.ts';

interface Received {
  method?: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** The adapter, with a server in the place of S3 that records requests. */
async function openStage(answer: (response: ServerResponse, request: number) => void) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://s3');
    const { method, headers } = request;
    received.push({ method, path, query, headers, body: await buffer(request) });
    answer(response, received.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const settings = {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token+/==' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  const client = openS3(settings);
  const presign = makePresigner({ ...settings, bucket: 'documents', now: Date.now });
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { received, documents: makeDocuments({ client, name: 'documents' }, presign) };
}

const key = 'companies/acme/documents/a b+(1)%20/x.pdf';
const escapedKey = '/documents/companies/acme/documents/a%20b%2B%281%29%2520/x.pdf';
const paper = Buffer.from('%PDF-1.7 paper');
const sha256 = createHash('sha256').update(paper).digest('hex');
const refusal = (code: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>No.</Message><Key>x</Key></Error>`;

describe('documents in S3', () => {
  it('are put with their type and a signature over their digest', async () => {
    const { received, documents } = await openStage(response => response.end());

    const stored = await documents.put(key, paper, { format: 'application/pdf' });

    expect(stored).toEqual({ key, octets: paper.length, sha256, format: 'application/pdf' });
    const [{ method, path, headers, body }] = received as [Received];
    expect({ method, path, body: body.toString() }).toEqual({
      method: 'PUT',
      path: escapedKey,
      body: paper.toString(),
    });
    expect(headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(paper.length),
      'x-amz-content-sha256': sha256,
      'x-amz-security-token': 'token+/==',
    });
    expect(headers.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request/);
  });

  it('are read whole or in a range, whose end S3 includes', async () => {
    const { received, documents } = await openStage(response => response.end('paper'));

    expect(await text((await documents.read(key)) as Readable)).toBe('paper');
    await text((await documents.read(key, { from: 2, to: 6 })) as Readable);

    expect(received.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=2-5']);
  });

  it('take parts by number and answer with their etag', async () => {
    const { received, documents } = await openStage(response => response.setHeader('etag', '"e"').end());

    expect(await documents.putPart(key, 'up/load+1', 7, paper)).toBe('"e"');

    expect(received[0]?.query.get('partNumber')).toBe('7');
    expect(received[0]?.query.get('uploadId')).toBe('up/load+1');
  });

  it('are put again, signed anew, while S3 fails for now', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    onTestFinished(() => void vi.restoreAllMocks());
    const { received, documents } = await openStage((response, request) => {
      if (request === 1) response.writeHead(503).end(refusal('SlowDown'));
      else if (request === 2) response.destroy();
      else if (request === 3) response.writeHead(500).end();
      else response.end();
    });

    await documents.put(key, paper);

    expect(received.map(({ body }) => body.toString())).toEqual(Array(4).fill(paper.toString()));
  });

  it('are refused after four attempts, as overloaded and by the name of S3’s error', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    onTestFinished(() => void vi.restoreAllMocks());
    const { received, documents } = await openStage(response => response.writeHead(503).end(refusal('SlowDown')));

    await expect(documents.put(key, paper)).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringContaining('SlowDown'),
    });

    expect(received).toHaveLength(4);
  });

  it.each([
    [404, 'NoSuchKey', undefined],
    [416, 'InvalidRange', ''],
  ])('answer a refusal %d %s without another attempt', async (status, code, expected) => {
    const { received, documents } = await openStage(response => response.writeHead(status).end(refusal(code)));

    const found = await documents.read(key, { from: 2, to: 6 });

    expect(found && (await text(found))).toBe(expected);
    expect(received).toHaveLength(1);
  });

  it('say that access was denied when it was', async () => {
    const { received, documents } = await openStage(response => response.writeHead(403).end(refusal('AccessDenied')));

    await expect(documents.read(key)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('denied access'),
    });

    expect(received).toHaveLength(1);
  });

  it('delete at most a thousand in one request', async () => {
    const { received, documents } = await openStage(response => response.end('<DeleteResult/>'));

    await documents.delete(Array.from({ length: 1001 }, (_, index) => `key-${index}`));

    expect(received.map(({ body }) => body.toString().match(/<Object>/g)?.length)).toEqual([1000, 1]);
  });
});
