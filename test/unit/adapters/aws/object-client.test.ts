import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import * as sdk from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  GetObjectCommand,
  openObjects,
  PutObjectCommand,
  UploadPartCommand,
} from '../../../../shared/adapters/aws/s3/object-client.ts';
import { openS3 } from '../../../../shared/adapters/aws/s3/s3.ts';

interface Heard {
  method?: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** A server in the place of S3, and both clients of it. */
async function openStage(answer: (response: ServerResponse, request: number) => void) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
    const { method, headers } = request;
    heard.push({
      method,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers,
      body: await buffer(request),
    });
    answer(response, heard.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const surroundings = {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token+/==' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  const [objects, s3] = [openObjects(surroundings, 'documents'), openS3(surroundings)];
  onTestFinished(() => {
    objects.destroy();
    s3.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { heard, objects, s3 };
}

const Key = "companies/acme/documents/a b+(1)'!*~ü%20/x.pdf";
const Bucket = 'documents';
const Body = Buffer.from('%PDF-1.7 paper');
const part = { Key, UploadId: 'up/load+1', PartNumber: 7, Body };
const refusal = (code: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>No.</Message><Key>x</Key></Error>`;

/** What S3 reads of a request, whoever sends it. */
function essenceOf({ method, path, query, headers, body }: Heard) {
  const { host, range, authorization } = headers;
  const { 'x-id': _operation, ...asked } = query;
  const scope = authorization?.match(/Credential=[^/]+\/\d{8}\/([^,]+)/)?.[1];
  return {
    ...{ method, path, query: asked, body: body.toString(), host, range, scope },
    type: headers['content-type'],
    octets: headers['content-length'],
    digest: headers['x-amz-content-sha256'],
    token: headers['x-amz-security-token'],
  };
}

test.each([
  ['a put', new PutObjectCommand({ Key, Body }), new sdk.PutObjectCommand({ Bucket, Key, Body })],
  [
    'a put of a type',
    new PutObjectCommand({ Key, Body, ContentType: 'application/pdf' }),
    new sdk.PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/pdf' }),
  ],
  ['a part', new UploadPartCommand(part), new sdk.UploadPartCommand({ Bucket, ...part })],
  ['a get', new GetObjectCommand({ Key }), new sdk.GetObjectCommand({ Bucket, Key })],
  [
    'a get of a range',
    new GetObjectCommand({ Key, Range: 'bytes=2-5' }),
    new sdk.GetObjectCommand({ Bucket, Key, Range: 'bytes=2-5' }),
  ],
])("%s is asked for as S3's own client asks", async (_, ours, theirs) => {
  const { heard, objects, s3 } = await openStage(response => response.setHeader('etag', '"e"').end('paper'));

  await objects.send(ours as never);
  await s3.send(theirs as never);

  const [our, their] = heard.map(essenceOf);
  expect(our).toEqual(their);
});

test('answers are the octets, and the name of a part', async () => {
  const { objects } = await openStage(response => response.setHeader('etag', '"e"').end('paper'));

  const got = await objects.send(new GetObjectCommand({ Key }));
  const put = await objects.send(new UploadPartCommand(part));

  expect(await text(got.Body)).toBe('paper');
  expect(put).toMatchObject({ ETag: '"e"' });
});

test('what fails for now is tried again, signed anew', async () => {
  const { heard, objects } = await openStage((response, request) => {
    if (request === 1) response.writeHead(503).end(refusal('SlowDown'));
    else if (request === 2) response.destroy();
    else if (request === 3) response.writeHead(500).end();
    else response.end();
  });

  await objects.send(new PutObjectCommand({ Key, Body }));

  expect(heard.map(({ body }) => body.toString())).toEqual(Array(4).fill(Body.toString()));
  expect(new Set(heard.map(({ headers }) => headers.authorization)).size).toBe(4);
});

test('what goes on failing is given up after four tries', async () => {
  // the waits between them are a random part of what they may be
  vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => void vi.restoreAllMocks());
  const { heard, objects } = await openStage(response => response.writeHead(503).end(refusal('SlowDown')));

  const putting = objects.send(new PutObjectCommand({ Key, Body }));

  await expect(putting).rejects.toMatchObject({ name: 'SlowDown', message: 'No.' });
  expect(heard).toHaveLength(4);
});

test.each([
  [404, 'NoSuchKey'],
  [404, 'NoSuchUpload'],
  [416, 'InvalidRange'],
  [403, 'AccessDenied'],
])('a refusal %d %s is told by its name, as by S3’s own client, and not tried again', async (status, code) => {
  const { heard, objects, s3 } = await openStage(response => response.writeHead(status).end(refusal(code)));

  const ours = await objects.send(new GetObjectCommand({ Key })).catch(error => error);
  const theirs = await s3.send(new sdk.GetObjectCommand({ Bucket, Key })).catch(error => error);

  expect([ours.name, ours.$fault]).toEqual([theirs.name, theirs.$fault]);
  expect(heard).toHaveLength(2);
});
