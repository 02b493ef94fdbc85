import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Client, Command, ServiceException } from '@smithy/core/client';
import { getRetryPlugin, resolveRetryConfig } from '@smithy/core/retry';
import { getSerdePlugin, Hash } from '@smithy/core/serde';
import { HttpRequest, type HttpResponse } from '@smithy/core/transport';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import type { FinalizeRequestMiddleware, MetadataBearer, ResponseMetadata } from '@smithy/types';
import { type ClientSettings, clientOptions } from '../clients.ts';
import { type BucketAddress, bucketAddress } from './bucket-address.ts';
import { s3Timeouts } from './s3-answers.ts';

/*
 * The three S3 requests on the hot path: put an object, get one, put a part. They use the SDK's transport, signer and
 * retries, which every function loads for DynamoDB anyway, and the input and output names of the S3 client. The full S3
 * client would add 90 kB to cold starts, so functions import it only when they need it. Whole bodies are signed, so S3
 * verifies their digest.
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

type RequestParts = Pick<HttpRequest, 'method'> & Partial<Pick<HttpRequest, 'query' | 'headers' | 'body'>>;

const defaultFormat = 'application/octet-stream';

export class PutObjectCommand extends command<PutObject, object>(
  'PutObjectCommand',
  ({ Body, ContentType = defaultFormat }) => ({ method: 'PUT', headers: { 'content-type': ContentType }, body: Body }),
  drained,
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
    await drained(response);
    return { ETag: response.headers.etag as string };
  },
) {}

type Config = ReturnType<typeof configOf>;

/** Builds a command from a request builder and a response reader. */
function command<Input extends { Key: string }, Output extends object>(
  name: string,
  ask: (input: Input) => RequestParts,
  read: (response: HttpResponse) => Promise<Output>,
) {
  const serialize = async (input: Input, { endpoint }: Config) => requestAt(endpoint, input.Key, ask(input));
  const deserialize = async (response: HttpResponse) => {
    const $metadata = { httpStatusCode: response.statusCode, requestId: response.headers['x-amz-request-id'] };
    if (response.statusCode >= 300) throw await errorOf(response, $metadata);
    return { ...(await read(response)), $metadata };
  };
  return Command.classBuilder<Input, Output & MetadataBearer, Config>()
    .m((_command, _stack, config) => [getSerdePlugin(config, serialize as never, deserialize as never)])
    .n('ObjectClient', name)
    .build();
}

function requestAt({ protocol, host, pathOf }: BucketAddress, key: string, { headers, body, ...parts }: RequestParts) {
  const [hostname, port] = host.split(':');
  const length = body && { 'content-length': String(body.length) };
  return new HttpRequest({
    ...parts,
    protocol,
    hostname,
    port: port ? Number(port) : undefined,
    path: pathOf(key),
    headers: { host, ...headers, ...length },
    body,
  });
}

/** S3 errors are XML with a code and a message [Amazon S3, "REST error responses"]. */
async function errorOf(response: HttpResponse, $metadata: ResponseMetadata): Promise<ServiceException> {
  const body = await text(response.body);
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1];
  return new ServiceException({
    name: element('Code') ?? 'Unknown',
    message: element('Message') ?? `S3 answered ${response.statusCode}.`,
    $fault: response.statusCode < 500 ? 'client' : 'server',
    $metadata,
  });
}

/** A connection can be reused only after its response was read completely. */
async function drained({ body }: HttpResponse): Promise<object> {
  await text(body);
  return {};
}

function configOf(settings: ClientSettings, bucket: string) {
  const { requestHandler, ...options } = clientOptions(settings, s3Timeouts);
  return resolveRetryConfig({
    ...options,
    apiVersion: '2006-03-01',
    requestHandler: new NodeHttpHandler(requestHandler),
    endpoint: bucketAddress({ ...settings, bucket }),
  });
}

export type ObjectClient = Client<never, object, MetadataBearer, Config>;

export function openObjects(settings: ClientSettings, bucket: string): ObjectClient {
  const config = configOf(settings, bucket);
  const { region, credentials } = settings;
  const sha256 = Hash.bind(null, 'sha256');
  const signer = new SignatureV4({ service: 's3', region, credentials, sha256, uriEscapePath: false });
  const client: ObjectClient = new Client(config);
  client.middlewareStack.use(getRetryPlugin(config));
  // signs each retry anew, since signatures expire
  const signing: FinalizeRequestMiddleware<object, MetadataBearer> = next => async args =>
    next({ ...args, request: await signer.sign(args.request as HttpRequest) });
  client.middlewareStack.addRelativeTo(signing, {
    name: 'signing',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
  return client;
}
