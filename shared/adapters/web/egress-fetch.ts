import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline, type Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { type EgressPolicy, parseWebAddress, resolveDestination } from './egress-policy.ts';
import { RenderError } from './render-error.ts';

export interface EgressRequest extends EgressPolicy {
  method?: string;
  body?: string | Uint8Array;
  headers?: Record<string, string>;
  /** for the origin of the first address only, like a `cookie` or `authorization` among the headers */
  credentials?: { username: string; password: string };
  /** of the body, after decompression */
  maxOctets: number;
  /** for the whole exchange, including the body */
  deadlineMs: number;
  signal?: AbortSignal;
  /** how many are followed; the answer is that of the last hop. 10, and then an error, by default */
  redirects?: number;
}

export interface EgressResponse {
  status: number;
  headers: IncomingHttpHeaders;
  /** after redirects */
  url: string;
  /** ends with a RenderError when it grows too large, takes too long or breaks off */
  body: Readable;
}

const maxRedirects = 10;
const redirects = [301, 302, 303, 307, 308];
const ownHeaders = ['authorization', 'cookie', 'proxy-authorization'];

/**
 * Fetches an address from a client's request: PDFs and images by URL, webhooks. Each hop is resolved, checked and pinned by
 * the same rules as the browser's traffic; credentials and cookies never reach another origin.
 * Returns responses with any status: the caller checks it.
 * @throws RenderError `bad-address`, `forbidden-address`, `not-reachable`, `timeout`
 */
export async function egressFetch(address: string, options: EgressRequest): Promise<EgressResponse> {
  const first = parseWebAddress(address);
  const deadline = AbortSignal.timeout(options.deadlineMs);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  let hop = { url: first, method: options.method ?? 'GET', body: options.body };

  for (let count = 0; count <= maxRedirects; count++) {
    const answer = await exchange(hop, headersFor(hop.url, first, options), options, signal);
    const status = answer.statusCode ?? 0;
    const location = answer.headers.location;
    const isFollowed = redirects.includes(status) && location !== undefined && count !== options.redirects;
    if (!isFollowed) {
      return { status, headers: answer.headers, url: hop.url.href, body: limitedBody(answer, options, signal) };
    }
    answer.destroy();
    const url = parseWebAddress(URL.parse(location, hop.url.href)?.href ?? location);
    const becomesGet = status === 303 || (status < 303 && hop.method === 'POST');
    hop = becomesGet ? { url, method: 'GET', body: undefined } : { ...hop, url };
  }
  throw new RenderError('not-reachable', `${first.host} redirects more than ${maxRedirects} times.`);
}

/** Reads a whole body. @throws RenderError from the body's stream */
export async function readBody(response: EgressResponse): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of response.body) pieces.push(piece);
  return Buffer.concat(pieces);
}

function headersFor(url: URL, first: URL, options: EgressRequest): Record<string, string> {
  const given = Object.entries(options.headers ?? {});
  const sameOrigin = url.origin === first.origin;
  const kept = given.filter(([name]) => sameOrigin || !ownHeaders.includes(name.toLowerCase()));
  const headers: Record<string, string> = { 'accept-encoding': 'gzip, br', ...Object.fromEntries(kept) };
  const inAddress = first.username ? credentialsIn(first) : undefined;
  const credentials = options.credentials ?? inAddress;
  if (sameOrigin && credentials) {
    const pair = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
    headers.authorization = `Basic ${pair}`;
  }
  return headers;
}

/** @throws RenderError `bad-address` */
function credentialsIn({ username, password }: URL): { username: string; password: string } {
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch (cause) {
    throw new RenderError('bad-address', 'The user name or password in the address is not percent-encoded UTF-8.', {
      cause,
    });
  }
}

type Hop = { url: URL; method: string; body: string | Uint8Array | undefined };

async function exchange(
  { url, method, body }: Hop,
  headers: Record<string, string>,
  policy: EgressPolicy,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  const destination = await resolveDestination(url.hostname, Number(url.port || (secure ? 443 : 80)), policy);
  const send = secure ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = send({
      host: destination.address,
      family: destination.family,
      port: destination.port,
      servername: url.hostname,
      path: url.pathname + url.search,
      method,
      headers: { ...headers, host: url.host },
      agent: false,
      signal,
    });
    outgoing.on('response', resolve);
    outgoing.on('error', cause => reject(failure(cause, signal, url.host)));
    outgoing.end(body);
  });
}

/** [RFC 9110 8.4.1, RFC 7932] */
const decoders = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['br', createBrotliDecompress],
]);

function limitedBody(answer: IncomingMessage, options: EgressRequest, signal: AbortSignal): Readable {
  let octets = 0;
  const limit = new Transform({
    transform(piece: Buffer, _encoding, done) {
      octets += piece.length;
      const tooLarge = octets > options.maxOctets;
      if (tooLarge) done(new RenderError('too-large', `The document is larger than ${options.maxOctets} octets.`));
      else done(null, piece);
    },
    destroy(error, done) {
      const known = error === null || error instanceof RenderError;
      done(known ? error : failure(error, signal, answer.headers.host ?? 'The host'));
    },
  });
  const inflate = decoders.get((answer.headers['content-encoding'] ?? '').toLowerCase());
  const stages = inflate ? [answer, inflate(), limit] : [answer, limit];
  // The error reaches the reader through the last stage; the callback only keeps it from being thrown a second time.
  pipeline(stages, () => {});
  return limit;
}

function failure(cause: unknown, signal: AbortSignal, host: string): RenderError {
  if (signal.aborted && signal.reason?.name === 'TimeoutError') {
    return new RenderError('timeout', `${host} did not answer in time.`, { cause });
  }
  if (signal.aborted) return new RenderError('canceled', 'The fetch was canceled.', { cause });
  return new RenderError('not-reachable', `${host} does not answer.`, { cause });
}
