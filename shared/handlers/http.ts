import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { decodeContent } from '../contracts/content-coding.ts';
import type { HttpResponse, Route } from '../contracts/contract.ts';
import { contracts } from '../contracts/index.ts';
import { answerOf, type Implementations, type Invocation, type PortsOf } from '../contracts/use-cases.ts';
import { allows, type Principal } from '../core/domain/company.ts';
import { PrintError } from '../core/domain/errors.ts';
import type { Ports } from '../core/ports/index.ts';
import { authenticate } from '../core/usecases/accounts/authenticate.ts';
import { withDeadline } from '../protocol/deadline.ts';
import { securityHeaders } from '../protocol/security-headers.ts';
import { addContext } from '../telemetry/context.ts';
import { log } from '../telemetry/log.ts';
import { inContext } from './context.ts';
import { countRequest } from './key-rate.ts';
import { noteRefusal, refusalOf } from './refusals.ts';
import { addressOf, isBodyChanged, isPastFirewall, takeRequest } from './request.ts';
import { type Found, matchRoute } from './router.ts';

/** For the answer, when the time of a function is up. */
const reserveMilliseconds = 1500;
/** Of any function that answers requests. */
const longestMilliseconds = 30_000;

/** The ports that authentication takes; those of the use cases come on top. */
type HttpPorts = Pick<Ports, 'registry' | 'clock'>;
type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;

/** What a request asks for: a use case to run, or an answer that needs none. */
interface Understood {
  next: Invocation | HttpResponse;
  route?: Route;
  principal?: Principal;
}

/**
 * A Lambda handler for HTTP requests: finds the route, recognises the key, runs the use case, answers in the dialect.
 * `useCases` are those that the function's routes need; nothing else gets into its bundle.
 */
export function httpHandler<Cases extends Implementations>(
  openPorts: () => HttpPorts & PortsOf<Cases>,
  useCases: Cases,
) {
  const handler = middy<Event, Result>()
    .use(refusals())
    .handler(async event => {
      const understood = await understand(openPorts, event);
      const { next } = understood;
      return resultOf('useCase' in next ? await carryOut(openPorts(), useCases, understood, next, event) : next);
    });
  return inContext(requestFields, async (event: Event, context) => {
    const remaining = context.getRemainingTimeInMillis?.() ?? longestMilliseconds;
    const answer = () => handler(event, context) as Promise<Result>;
    const result = await withDeadline(remaining - reserveMilliseconds, answer);
    const { requestId } = event.requestContext;
    const own = { ...rateHeaders.get(event), 'request-id': requestId };
    return { ...result, headers: { ...securityHeaders, ...result.headers, ...own } };
  });
}

function requestFields({ requestContext, headers }: Event) {
  return { requestId: requestContext.requestId, traceId: headers['x-amzn-trace-id'] ?? headers.traceparent };
}

/** Of answers and refusals alike. */
const rateHeaders = new WeakMap<Event, Record<string, string>>();

/** The request itself is not needed afterwards, and its body is released. */
async function understand(openPorts: () => HttpPorts, event: Event): Promise<Understood> {
  const request = takeRequest(event);
  const match = matchRoute(contracts, request);
  if (!('route' in match)) return { next: match.contract.unknownRoute(match.allow) };
  const { route, contract, parameters } = match;
  addContext({ route: `${request.method} ${route.path}` });
  if (isPastFirewall(event)) throw new PrintError('forbidden', `Use the address ${request.origin} instead.`);
  let principal: Principal | undefined;
  try {
    principal = await recognise(openPorts(), route, contract.credential(request));
  } catch (error) {
    const isWithoutKey = error instanceof PrintError && error.code === 'unauthorized';
    if (isWithoutKey && route.withoutKey) return { next: route.withoutKey(), route };
    throw error;
  }
  addContext({ companyId: principal?.companyId, keyId: principal?.keyId });
  if (principal) limit(openPorts(), event, match, principal);
  if (isBodyChanged(event, request)) throw notUtf8(request.headers['content-type']);
  const readable = decodeContent(request);
  return { next: route.handle({ ...readable, parameters }), route, principal };
}

function limit(ports: HttpPorts, event: Event, { route, contract }: Found, principal: Principal): void {
  const counted = countRequest(ports, route, principal);
  if (!counted) return;
  rateHeaders.set(event, contract.rateHeaders?.(counted.use) ?? {});
  if (counted.refusal) throw counted.refusal;
}

const notUtf8 = (type = '') =>
  new PrintError(
    'unsupported-media-type',
    `The body is not UTF-8, which bodies of type ${type.split(';')[0]} must be. Send it as Content-Type: application/octet-stream.`,
  );

/** Routes for anyone have no principal, and their use cases do not ask for one. */
async function recognise(ports: HttpPorts, { access }: Route, key: string | undefined) {
  if (access === 'anyone') return undefined;
  const principal = await authenticate(ports, key);
  if (allows(principal.scopes, access)) return principal;
  throw new PrintError('forbidden', `This key does not have the scope "${access}".`);
}

/** `httpHandler` has compared the ports with the use cases; here they are the least that any use case takes. */
async function carryOut(
  ports: HttpPorts,
  useCases: Implementations,
  { principal, route }: Understood,
  invocation: Invocation,
  event: Event,
): Promise<HttpResponse> {
  try {
    const answer = await answerOf(useCases, ports, principal, invocation);
    if (route?.access === 'admin' && !/^(get|list|describe)/.test(invocation.useCase)) {
      log.info('admin-change', { useCase: invocation.useCase });
    }
    return answer;
  } catch (error) {
    const refusal = error instanceof PrintError && invocation.refuse?.(error);
    if (!refusal) throw error;
    noteRefusal({ error, route, ...clientOf(event) });
    return refusalOf(error, refusal);
  }
}

const clientOf = (event: Event) => ({ method: event.requestContext.http.method, address: addressOf(event) });

/** Every error becomes a refusal in the caller's dialect. */
function refusals(): middy.MiddlewareObj<Event, Result> {
  return {
    onError: request => {
      const { rawPath: path } = request.event;
      const client = clientOf(request.event);
      const error = printErrorOf(request.error);
      const match = matchRoute(contracts, { method: client.method, path });
      noteRefusal({ error, route: 'route' in match ? match.route : undefined, ...client });
      const refusal = refusalOf(error, match.contract.refuse(error));
      request.response = resultOf(isFromPage(request.event) ? withoutDialog(refusal) : refusal);
    },
  };
}

/** Browsers send these with requests of a page's scripts [Fetch 3.2, Fetch Metadata 2.3]. */
const isFromPage = ({ headers }: Event) => headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;

/** A browser answers a Basic challenge with a dialog of its own, over that of the page. */
function withoutDialog({ headers, ...response }: HttpResponse): HttpResponse {
  const { 'www-authenticate': challenge, ...others } = headers;
  return { ...response, headers: challenge?.startsWith('Basic') ? others : headers };
}

function printErrorOf(error: unknown): PrintError {
  if (error instanceof PrintError) return error;
  return new PrintError('internal', 'Something went wrong on our side. Please try again.', { cause: error });
}

function resultOf({ status, headers, body }: HttpResponse): Result {
  if (typeof body === 'string') return { statusCode: status, headers, body };
  return { statusCode: status, headers, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
}
