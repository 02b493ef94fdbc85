import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { type ListeningServer, startServer } from '../listening-server.ts';
import { StrictBucket } from './bucket.ts';
import { S3Error } from './s3-error.ts';
import { checkSignature, type Secret } from './signature.ts';
import { type Content, elementsOf, xmlOf } from './xml.ts';

/*
 * S3 for unit tests: the operations that the adapters and their clients use, over HTTP, in memory. It refuses what S3
 * refuses, signatures and missing lengths included, and whatever it does not know; lists come in short pages. Its clock
 * can be advanced.
 */

interface Asked {
  bucket: StrictBucket;
  key: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
}

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** [Amazon S3, DeleteObjects] */
const deletedAtOnce = 1000;

export interface StrictS3 extends ListeningServer {
  now(): number;
  advance(milliseconds: number): Promise<void>;
}

export async function startStrictS3(secret: Secret): Promise<StrictS3> {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const service = new Service(secret, now);
  return {
    ...(await startServer((request, response) => answer(service, request, response))),
    now,
    async advance(milliseconds) {
      ahead += milliseconds;
    },
  };
}

async function answer(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // a body that stops half-way is no request
  const body = await buffer(request).catch(() => undefined);
  if (!body) return;
  const { status = 200, headers, body: sent = '' } = respond(() => service.handle(request, body));
  const length = { 'content-length': String(Buffer.byteLength(sent)) };
  response.writeHead(status, { ...length, ...headers }).end(request.method === 'HEAD' ? undefined : sent);
}

function respond(handle: () => Answer): Answer {
  try {
    return handle();
  } catch (error) {
    // a fault of the double is not a server error, which the client would repeat
    const { status, code, message } = error instanceof S3Error ? error : new S3Error(400, 'DoubleFailed', `${error}`);
    const body = xmlOf('Error', [
      ['Code', code],
      ['Message', message],
    ]);
    return { status, headers: { 'content-type': 'application/xml' }, body };
  }
}

class Service {
  readonly #buckets = new Map<string, StrictBucket>();
  readonly #secret: Secret;
  readonly #now: () => number;

  constructor(secret: Secret, now: () => number) {
    this.#secret = secret;
    this.#now = now;
  }

  handle({ method = '', url: target = '', headers: sent }: IncomingMessage, body: Buffer): Answer {
    const headers = sent as Asked['headers'];
    checkSignature({ method, target, headers }, this.#secret, this.#now());
    checkBody(method, headers, body);
    const { pathname, searchParams: query } = new URL(target, 'http://s3');
    const [, name = '', ...rest] = pathname.split('/');
    const key = rest.map(decodeURIComponent).join('/');
    if (method === 'PUT' && key === '') {
      this.#buckets.set(name, new StrictBucket());
      return {};
    }
    const operation = operations[operationOf(method, key, query)];
    if (!operation) throw new Error(`${method} ${target} is not implemented.`);
    return operation({ bucket: this.#bucket(name), key, query, headers, body }, source => this.#source(source));
  }

  #bucket(name: string): StrictBucket {
    const bucket = this.#buckets.get(name);
    if (!bucket) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
    return bucket;
  }

  #source(source: string) {
    const [name = '', ...key] = source.replace(/^\//, '').split('/');
    return this.#bucket(name).get(key.map(decodeURIComponent).join('/'));
  }
}

/** Parameters that do not choose the operation. */
const options = /^(x-id|X-Amz-.*|response-content-(type|disposition)|prefix|continuation-token|part-number-marker)$/;

function operationOf(method: string, key: string, query: URLSearchParams): string {
  const chosen = [...query.keys()].filter(name => !options.test(name)).toSorted();
  return `${method} ${key === '' ? 'bucket' : 'object'} ${chosen.join(' ')}`.trim();
}

const operations: Record<string, (asked: Asked, source: (name: string) => ReturnType<StrictBucket['get']>) => Answer> =
  {
    'PUT object': ({ bucket, key, headers, body }) => ({
      headers: { etag: bucket.put(key, body, headers['content-type']) },
    }),
    'GET object': getObject,
    'HEAD object': getObject,
    'POST bucket delete': deleteObjects,
    'GET bucket list-type': listObjects,
    'GET bucket uploads': ({ bucket }) =>
      xml(
        'ListMultipartUploadsResult',
        bucket.openUploads().map(({ key, id }) => [
          'Upload',
          [
            ['Key', key],
            ['UploadId', id],
          ],
        ]),
      ),
    'POST object uploads': ({ bucket, key, headers }) =>
      xml('InitiateMultipartUploadResult', [['UploadId', bucket.begin(key, headers['content-type'])]]),
    'PUT object partNumber uploadId': putPart,
    'GET object uploadId': listParts,
    'POST object uploadId': completeUpload,
    'DELETE object uploadId': ({ bucket, key, query }) => {
      bucket.abort(key, query.get('uploadId') ?? '');
      return { status: 204 };
    },
  };

function xml(root: string, content: Content): Answer {
  return { headers: { 'content-type': 'application/xml' }, body: xmlOf(root, content) };
}

/** The length must be known before, and digests must be those of the body. */
function checkBody(method: string, headers: Asked['headers'], body: Buffer): void {
  if (method === 'PUT' && headers['content-length'] === undefined)
    throw new S3Error(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  const sha256 = headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  if (sha256 !== 'UNSIGNED-PAYLOAD' && sha256 !== hash('sha256', body))
    throw new S3Error(400, 'XAmzContentSHA256Mismatch', 'The provided SHA256 does not match what was computed.');
  const checksum = headers['x-amz-checksum-crc32'];
  if (checksum !== undefined && Buffer.from(checksum, 'base64').readUInt32BE() !== crc32(body))
    throw new S3Error(400, 'BadDigest', 'The CRC32 you specified did not match what we received.');
}

function getObject({ bucket, key, query, headers }: Asked): Answer {
  const { bytes, etag, contentType } = bucket.get(key);
  const range = rangeOf(headers.range, bytes.length);
  const disposition = query.get('response-content-disposition');
  if (disposition && /[^\x20-\xff]/.test(disposition))
    throw new S3Error(400, 'InvalidArgument', 'Header value cannot be represented using ISO-8859-1.');
  const common = {
    etag,
    'content-type': query.get('response-content-type') ?? contentType,
    ...(disposition && { 'content-disposition': disposition }),
  };
  if (!range) return { headers: { ...common, 'content-length': String(bytes.length) }, body: bytes };
  const body = bytes.subarray(range.from, range.to);
  const contentRange = `bytes ${range.from}-${range.to - 1}/${bytes.length}`;
  const length = { 'content-length': String(body.length) };
  return { status: 206, headers: { ...common, ...length, 'content-range': contentRange }, body };
}

/** A range of another form is ignored [RFC 9110 14.2]. */
function rangeOf(header: string | undefined, octets: number): { from: number; to: number } | undefined {
  const [, from, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || (last && Number(last) < Number(from))) return undefined;
  if (Number(from) >= octets) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable');
  return { from: Number(from), to: last ? Math.min(Number(last) + 1, octets) : octets };
}

function deleteObjects({ bucket, headers, body }: Asked): Answer {
  const hasDigest = headers['content-md5'] ?? headers['x-amz-checksum-crc32'];
  if (!hasDigest) throw new S3Error(400, 'InvalidRequest', 'Missing required header: Content-MD5 OR x-amz-checksum-*');
  const keys = elementsOf(body.toString(), 'Object').map(({ Key }) => Key as string);
  if (keys.length < 1 || keys.length > deletedAtOnce)
    throw new S3Error(400, 'MalformedXML', `The XML you provided was not well-formed: ${keys.length} objects.`);
  for (const key of keys) bucket.delete(key);
  return xml('DeleteResult', []);
}

function listObjects({ bucket, query }: Asked): Answer {
  const token = query.get('continuation-token');
  const after = token === null ? undefined : Buffer.from(token, 'base64url').toString();
  const { objects, isTruncated } = bucket.list(query.get('prefix') ?? '', after);
  const last = objects.at(-1)?.[0] ?? '';
  return xml('ListBucketResult', [
    ['IsTruncated', isTruncated],
    ['KeyCount', objects.length],
    ['NextContinuationToken', isTruncated ? Buffer.from(last).toString('base64url') : undefined],
    ...objects.map(([key, { bytes, etag }]): Content[number] => [
      'Contents',
      [
        ['Key', key],
        ['ETag', etag],
        ['Size', bytes.length],
      ],
    ]),
  ]);
}

function putPart(
  { bucket, key, query, headers, body }: Asked,
  source: (name: string) => ReturnType<StrictBucket['get']>,
): Answer {
  const [id, part] = [query.get('uploadId') ?? '', Number(query.get('partNumber'))];
  const copied = headers['x-amz-copy-source'];
  if (copied === undefined) return { headers: { etag: bucket.putPart(key, id, part, body) } };
  const from = source(copied);
  const range = rangeOf(headers['x-amz-copy-source-range'], from.bytes.length);
  return xml('CopyPartResult', [['ETag', bucket.copyPart(key, id, part, from, range)]]);
}

function listParts({ bucket, key, query }: Asked): Answer {
  const after = Number(query.get('part-number-marker') ?? 0);
  const { parts, isTruncated } = bucket.parts(key, query.get('uploadId') ?? '', after);
  return xml('ListPartsResult', [
    ['IsTruncated', isTruncated],
    // S3 tells it on the last page, too
    ['NextPartNumberMarker', parts.at(-1)?.part ?? 0],
    ...parts.map(({ part, etag, octets }): Content[number] => [
      'Part',
      [
        ['PartNumber', part],
        ['ETag', etag],
        ['Size', octets],
      ],
    ]),
  ]);
}

function completeUpload({ bucket, key, query, body }: Asked): Answer {
  const listed = elementsOf(body.toString(), 'Part').map(({ PartNumber, ETag }) => ({
    part: Number(PartNumber),
    etag: ETag as string,
  }));
  const etag = bucket.complete(key, query.get('uploadId') ?? '', listed);
  return xml('CompleteMultipartUploadResult', [['ETag', etag]]);
}
