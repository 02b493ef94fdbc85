import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { app } from '../shared/adapters/embedded/app.ts';
import { detachBuffer } from '../shared/adapters/embedded/documents/detach-buffer.ts';
import type { HttpResponse, Route } from '../shared/contracts/contract.ts';
import { contracts, routes } from '../shared/contracts/index.ts';
import { PrintError } from '../shared/core/domain/errors.ts';
import { matchRoute } from '../shared/handlers/router.ts';
import { cors, type FunctionName, gatewayLimits } from '../shared/protocol/service-table.ts';
import { log } from '../shared/telemetry/log.ts';
import type { DiskSpace } from './disk-space.ts';
import { type Admission, admit } from './door.ts';
import { bodyOctetsInEvent, eventOf } from './event.ts';
import { callFunction } from './functions.ts';
import { KeyBrake } from './key-brake.ts';
import { OctetBudget } from './octet-budget.ts';

/*
 * The equivalent of API Gateway: converts HTTP requests to events, invokes the function of their route, and returns its
 * result, under the same limits. Errors that the gateway itself returns in AWS use the caller's dialect here, with the
 * same status.
 */

/** Of a document as octets; the rest is the event around it. */
const tooLargeText = 'The request is too large: about 4.4 MB are taken in one.';

/** A client that is refused in mid-upload reads the answer more often when what it still sends is taken in. */
const drainedOctets = 64 * 1024 * 1024;
const drainMilliseconds = 30_000;

/** Answers one HTTP request. Never throws. */
export async function serve(request: IncomingMessage, response: ServerResponse, disk: DiskSpace): Promise<void> {
  try {
    setCors(request, response);
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const admission = hasBody(request) ? await admit(request, app(), disk) : bodiless;
    if ('status' in admission) return refuseBody(request, response, braked(admission, request.socket.remoteAddress));
    await serveAdmitted(request, response, admission);
  } catch (error) {
    if (response.destroyed || response.headersSent) return;
    if (error instanceof URIError) return end(response, 400, json, '{"message":"Bad Request"}');
    if (request.destroyed && !request.complete) return;
    log.error('gateway-failed', { error });
    end(response, 500, json, '{"message":"Internal Server Error"}');
  }
}

const bodiless: Admission = { octetsAtMost: 0, budget: new OctetBudget(0) };

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

async function serveAdmitted(request: IncomingMessage, response: ServerResponse, admission: Admission): Promise<void> {
  const { milliseconds } = admission;
  const late = milliseconds === undefined ? undefined : setTimeout(() => request.destroy(), milliseconds);
  const body = new HeldBody(admission.budget);
  try {
    const event = await readEvent(request, body, admission.octetsAtMost).finally(() => clearTimeout(late));
    if (event === 'too-large') return refuseTooLarge(request, response);
    if (event === 'busy') return refuseBody(request, response, busy);
    await answer(response, event);
  } finally {
    body.release();
  }
}

/** Octets of one body, as far as it has come. */
class HeldBody {
  octets = Buffer.alloc(0);
  readonly #budget: OctetBudget;
  #taken = 0;

  constructor(budget: OctetBudget) {
    this.#budget = budget;
  }

  /** Makes room for so many octets in all; false when too many are held for others. */
  grow(octets: number): boolean {
    if (octets <= this.octets.length) return true;
    if (!this.#budget.take(octets - this.#taken)) return false;
    this.#taken = octets;
    const grown = Buffer.allocUnsafe(octets);
    this.octets.copy(grown);
    this.octets = grown;
    return true;
  }

  release(): void {
    this.#budget.give(this.#taken);
    this.#taken = 0;
  }
}

const busy: HttpResponse = {
  status: 503,
  headers: { 'content-type': 'application/json', 'retry-after': '5' },
  body: '{"message":"The server holds too many requests. Try again in some seconds."}',
};

const json = { 'content-type': 'application/json' };

const brake = new KeyBrake();
const tooManyKeys: HttpResponse = {
  status: 429,
  headers: { ...json, 'retry-after': '60' },
  body: '{"message":"Too many wrong keys came from this address. Try again in a minute."}',
};

const braked = (refusal: HttpResponse, address = '') =>
  refusal.status === 401 && brake.isTooMany(address, Date.now()) ? tooManyKeys : refusal;

async function answer(response: ServerResponse, event: APIGatewayProxyEventV2): Promise<void> {
  const { promise: tooLate, resolve } = Promise.withResolvers<'too-late'>();
  const timer = setTimeout(() => resolve('too-late'), gatewayLimits.timeoutSeconds * 1000);
  const called = callFunction(functionFor(event), event) as Promise<APIGatewayProxyStructuredResultV2>;
  const result = await Promise.race([called, tooLate]).finally(() => clearTimeout(timer));
  if (result === 'too-late') return end(response, 503, json, '{"message":"Service Unavailable"}');
  const { sourceIp } = event.requestContext.http;
  if (result.statusCode === 401 && brake.isTooMany(sourceIp, Date.now())) {
    return end(response, tooManyKeys.status, tooManyKeys.headers, tooManyKeys.body as string);
  }
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  end(response, result.statusCode ?? 200, result.headers as Record<string, string>, body);
}

/** Tells whether a request that announces its length will be taken, before it sends its body. */
export function announcesTooMuch(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? 0) > gatewayLimits.bodyOctets;
}

/** The body is in the event and nowhere else, so that it goes when the function is done with it. */
async function readEvent(
  request: IncomingMessage,
  held: HeldBody,
  octetsAtMost: number,
): Promise<APIGatewayProxyEventV2 | 'too-large' | 'busy'> {
  const body = await readBody(request, held, octetsAtMost);
  if (typeof body === 'string') return body;
  const event = eventOf(request, body);
  return payloadOctets(event, body) > gatewayLimits.functionPayloadOctets ? 'too-large' : event;
}

/** Throws when the client goes away before the body is whole: what it sent was not a request. */
async function readBody(
  request: IncomingMessage,
  held: HeldBody,
  octetsAtMost: number,
): Promise<Buffer | 'too-large' | 'busy'> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > octetsAtMost) return 'too-large';
  let octets = 0;
  // one that comes in chunks may be of any length: it is given room as it grows
  if (octetsAtMost > 0 && !held.grow(announced || firstRoomOctets)) return 'busy';
  // Node keeps the stream alive when the loop is left early, so that a refusal can still be sent
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    const end = octets + chunk.length;
    if (end > octetsAtMost) return 'too-large';
    if (end > held.octets.length && !held.grow(Math.min(end * 2, octetsAtMost))) return 'busy';
    octets += chunk.copy(held.octets, octets);
    detachBuffer(chunk);
  }
  return held.octets.subarray(0, octets);
}

const firstRoomOctets = 64 * 1024;

function payloadOctets(event: APIGatewayProxyEventV2, body: Buffer): number {
  const { headers, requestContext, rawPath, rawQueryString } = event;
  const rest = JSON.stringify({ headers, requestContext, rawPath, rawQueryString });
  return bodyOctetsInEvent(body, event) + Buffer.byteLength(rest);
}

export function refuseTooLarge(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url?.split('?')[0] ?? '/';
  const { contract } = matchRoute(contracts, { method: request.method ?? 'GET', path });
  refuseBody(request, response, contract.refuse(new PrintError('too-large', tooLargeText)));
}

/** Answers a request whose body is not wanted. */
function refuseBody(request: IncomingMessage, response: ServerResponse, refusal: HttpResponse): void {
  const body = Buffer.from(refusal.body);
  const headers = { ...refusal.headers, connection: 'close', 'content-length': body.length };
  response.writeHead(refusal.status, headers).write(body);
  // the connection closes with the response, and a client that still sends would read an error instead of the answer
  if (request.headers.expect || request.readableEnded) response.end();
  else drain(request, () => response.end());
}

function drain(request: IncomingMessage, done: () => void): void {
  let octets = 0;
  setTimeout(() => request.destroy(), drainMilliseconds).unref();
  request.once('end', done).on('data', chunk => {
    octets += chunk.length;
    if (octets > drainedOctets) request.destroy();
  });
}

/**
 * Which function a request goes to: that of the route whose path is exactly this one, as the gateway's own routes have
 * it; `print` is the default route and knows every row, so that odd letter case and slashes find theirs.
 */
function functionFor({ requestContext, rawPath }: APIGatewayProxyEventV2): FunctionName {
  const { method } = requestContext.http;
  const route = exactRoutes.find(({ methods, pattern }) => methods.includes(method) && pattern.test(rawPath));
  return route?.function ?? 'print';
}

const exactRoutes = routes.map((route: Route) => ({
  ...route,
  pattern: new RegExp(`^${route.path.replace(/\{\w+\+\}/g, '.+').replace(/\{\w+\}/g, '[^/]+')}$`),
}));

export function setCors(request: IncomingMessage, response: ServerResponse): void {
  if (!request.headers.origin) return;
  response.setHeader('access-control-allow-origin', cors.allowOrigins.join());
  response.setHeader('access-control-expose-headers', cors.exposeHeaders.join());
  if (request.method !== 'OPTIONS') return;
  response.setHeader('access-control-allow-methods', cors.allowMethods.join());
  response.setHeader('access-control-allow-headers', cors.allowHeaders.join());
  response.setHeader('access-control-max-age', cors.maxAgeSeconds);
}

function end(response: ServerResponse, status: number, headers: Record<string, string>, body: string | Buffer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}
