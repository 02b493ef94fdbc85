import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Client, Command, ServiceException } from '@smithy/core/client';
import { getRetryPlugin, resolveRetryConfig } from '@smithy/core/retry';
import { getSerdePlugin, Hash } from '@smithy/core/serde';
import { HttpRequest, type HttpResponse } from '@smithy/core/transport';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import type { FinalizeRequestMiddleware, MetadataBearer, ResponseMetadata } from '@smithy/types';
import { clientOptions, type Surroundings } from '../clients.ts';
import { type BucketAddress, bucketAddress } from './bucket-address.ts';
import { s3Patience } from './s3-answers.ts';

/*
 * The three requests that nearly every call makes of S3: put an object, get one, put a part. They go by the SDK's own
 * transport, signer and retries, which every function has for its tables, and ask and answer in the words of S3's client.
 * That client would add 90 kB of shapes, endpoint rules and checksums for all that it can do besides, so functions load
 * it when they need more. Bodies are signed whole, so S3 compares their digest with what arrives.
 */

interface PutObject {
  Key: string;
  Body: Uint8Array;
  ContentType?: string;
}

interface GetObject {
  Key: string;
  /** as in HTTP: `bytes=0-99` */
  Range?: string;
}

interface UploadPart {
  Key: string;
  UploadId: string;
  PartNumber: number;
  Body: Uint8Array;
}

type Asked = Pick<HttpRequest, 'method'> & Partial<Pick<HttpRequest, 'query' | 'headers' | 'body'>>;

const defaultFormat = 'application/octet-stream';

export class PutObjectCommand extends command<PutObject, object>(
  'PutObjectCommand',
  ({ Body, ContentType = defaultFormat }) => ({ method: 'PUT', headers: { 'content-type': ContentType }, body: Body }),
  emptied,
) {}

export class GetObjectCommand extends command<GetObject, { Body: Readable }>(
  'GetObjectCommand',
  ({ Range }) => ({ method: 'GET', headers: Range === undefined ? undefined : { range: Range } }),
  async ({ body }) => ({ Body: body }),
) {}

export class UploadPartCommand extends command<UploadPart, { ETag: string }>(
  'UploadPartCommand',
  ({ UploadId, PartNumber, Body }) => ({
    method: 'PUT',
    query: { partNumber: String(PartNumber), uploadId: UploadId },
    headers: { 'content-type': defaultFormat },
    body: Body,
  }),
  async response => {
    await emptied(response);
    return { ETag: response.headers.etag as string };
  },
) {}

type Config = ReturnType<typeof configOf>;

/** A command of these three: what it asks for, and what it makes of an answer that is no refusal. */
function command<Input extends { Key: string }, Output extends object>(
  name: string,
  ask: (input: Input) => Asked,
  read: (response: HttpResponse) => Promise<Output>,
) {
  const serialize = async (input: Input, { endpoint }: Config) => requestAt(endpoint, input.Key, ask(input));
  const deserialize = async (response: HttpResponse) => {
    const $metadata = { httpStatusCode: response.statusCode, requestId: response.headers['x-amz-request-id'] };
    if (response.statusCode >= 300) throw await refusalIn(response, $metadata);
    return { ...(await read(response)), $metadata };
  };
  return Command.classBuilder<Input, Output & MetadataBearer, Config>()
    .m((_command, _stack, config) => [getSerdePlugin(config, serialize as never, deserialize as never)])
    .n('ObjectClient', name)
    .build();
}

function requestAt({ protocol, host, pathOf }: BucketAddress, key: string, { headers, body, ...asked }: Asked) {
  const [hostname, port] = host.split(':');
  const length = body && { 'content-length': String(body.length) };
  return new HttpRequest({
    ...asked,
    protocol,
    hostname,
    port: port ? Number(port) : undefined,
    path: pathOf(key),
    headers: { host, ...headers, ...length },
    body,
  });
}

/** S3 says why in XML, which has its code and a sentence [Amazon S3, "REST error responses"]. */
async function refusalIn(response: HttpResponse, $metadata: ResponseMetadata): Promise<ServiceException> {
  const body = await text(response.body);
  const told = (word: string) => new RegExp(`<${word}>([^<]*)</${word}>`).exec(body)?.[1];
  return new ServiceException({
    name: told('Code') ?? 'Unknown',
    message: told('Message') ?? `S3 answered ${response.statusCode}.`,
    $fault: response.statusCode < 500 ? 'client' : 'server',
    $metadata,
  });
}

/** A connection serves its next request when its last answer was read to the end. */
async function emptied({ body }: HttpResponse): Promise<object> {
  await text(body);
  return {};
}

function configOf(surroundings: Surroundings, bucket: string) {
  const { requestHandler, ...options } = clientOptions(surroundings, s3Patience);
  return resolveRetryConfig({
    ...options,
    apiVersion: '2006-03-01',
    requestHandler: new NodeHttpHandler(requestHandler),
    endpoint: bucketAddress({ ...surroundings, bucket }),
  });
}

export type ObjectClient = Client<never, object, MetadataBearer, Config>;

export function openObjects(surroundings: Surroundings, bucket: string): ObjectClient {
  const config = configOf(surroundings, bucket);
  const { region, credentials } = surroundings;
  const sha256 = Hash.bind(null, 'sha256');
  const signer = new SignatureV4({ service: 's3', region, credentials, sha256, uriEscapePath: false });
  const client: ObjectClient = new Client(config);
  client.middlewareStack.use(getRetryPlugin(config));
  // each try anew: a signature is good for minutes
  const signing: FinalizeRequestMiddleware<object, MetadataBearer> = next => async args =>
    next({ ...args, request: await signer.sign(args.request as HttpRequest) });
  client.middlewareStack.addRelativeTo(signing, {
    name: 'signing',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
  return client;
}
