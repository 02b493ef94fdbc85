import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { detachBuffer } from '../shared/adapters/embedded/documents/detach-buffer.ts';
import type { Route } from '../shared/contracts/contract.ts';
import { contracts, routes } from '../shared/contracts/index.ts';
import { PrintError } from '../shared/core/domain/errors.ts';
import { matchRoute } from '../shared/handlers/router.ts';
import { cors, type FunctionName, gatewayLimits } from '../shared/protocol/service-table.ts';
import { log } from '../shared/telemetry/log.ts';
import { bodyOctetsInEvent, eventOf } from './event.ts';
import { callFunction } from './functions.ts';

/*
 * What API Gateway is in AWS: takes HTTP requests, turns each into an event, calls the function that its route names,
 * and gives back the result, under the same limits. Refusals that in AWS come from the gateway itself are told in the
 * caller's dialect here, with the same status.
 */

/** Of a document as octets; the rest is the event around it. */
const tooLargeText = 'The request is too large: about 4.4 MB are taken in one.';

/** A client that is refused in mid-upload reads the answer more often when what it still sends is taken in. */
const drainedOctets = 64 * 1024 * 1024;

/** Answers one HTTP request. Never throws. */
export async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    setCors(request, response);
    if (request.method === 'OPTIONS') return end(response, 204, {}, '');
    const event = await readEvent(request);
    if (event === 'too-large') return refuseTooLarge(request, response);
    await answer(response, event);
  } catch (error) {
    if (response.destroyed || response.headersSent) return;
    if (error instanceof URIError) return end(response, 400, json, '{"message":"Bad Request"}');
    if (request.destroyed && !request.complete) return;
    log.error('gateway-failed', { error });
    end(response, 500, json, '{"message":"Internal Server Error"}');
  }
}

const json = { 'content-type': 'application/json' };

async function answer(response: ServerResponse, event: APIGatewayProxyEventV2): Promise<void> {
  const { promise: tooLate, resolve } = Promise.withResolvers<'too-late'>();
  const timer = setTimeout(() => resolve('too-late'), gatewayLimits.timeoutSeconds * 1000);
  const called = callFunction(functionFor(event), event) as Promise<APIGatewayProxyStructuredResultV2>;
  const result = await Promise.race([called, tooLate]).finally(() => clearTimeout(timer));
  if (result === 'too-late') return end(response, 503, json, '{"message":"Service Unavailable"}');
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  end(response, result.statusCode ?? 200, result.headers as Record<string, string>, body);
}

/** Tells whether a request that announces its length will be taken, before it sends its body. */
export function announcesTooMuch(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? 0) > gatewayLimits.bodyOctets;
}

/** The body is in the event and nowhere else, so that it goes when the function is done with it. */
async function readEvent(request: IncomingMessage): Promise<APIGatewayProxyEventV2 | 'too-large'> {
  const body = await readBody(request);
  if (body === 'too-large') return body;
  const event = eventOf(request, body);
  return payloadOctets(event, body) > gatewayLimits.functionPayloadOctets ? 'too-large' : event;
}

/** Throws when the client goes away before the body is whole: what it sent was not a request. */
async function readBody(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  if (announcesTooMuch(request)) return 'too-large';
  // one that comes in chunks may be of any length: it is given room as it grows
  let body = Buffer.allocUnsafe(Number(request.headers['content-length'] ?? firstRoomOctets));
  let octets = 0;
  // Node keeps the stream alive when the loop is left early, so that a refusal can still be sent
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if (octets + chunk.length > gatewayLimits.bodyOctets) return 'too-large';
    if (octets + chunk.length > body.length) body = Buffer.concat([body], (octets + chunk.length) * 2);
    octets += chunk.copy(body, octets);
    detachBuffer(chunk);
  }
  return body.subarray(0, octets);
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
  const refusal = contract.refuse(new PrintError('too-large', tooLargeText));
  const body = Buffer.from(refusal.body);
  const headers = { ...refusal.headers, connection: 'close', 'content-length': body.length };
  response.writeHead(refusal.status, headers).write(body);
  // the connection closes with the response, and a client that still sends would read an error instead of the answer
  if (request.headers.expect || request.readableEnded) response.end();
  else drain(request, () => response.end());
}

function drain(request: IncomingMessage, done: () => void): void {
  let octets = 0;
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

function setCors(request: IncomingMessage, response: ServerResponse): void {
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
