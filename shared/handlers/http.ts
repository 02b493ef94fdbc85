import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { decodeContent } from '../contracts/content-coding.ts';
import type { HttpResponse, Route } from '../contracts/contract.ts';
import { contracts } from '../contracts/index.ts';
import { answerOf, type Implementations, type Invocation, type PortsOf } from '../contracts/use-cases.ts';
import type { Principal } from '../core/domain/company.ts';
import { PrintError } from '../core/domain/errors.ts';
import type { Ports } from '../core/ports/index.ts';
import { authenticate } from '../core/usecases/accounts/authenticate.ts';
import { log } from '../telemetry/log.ts';
import { takeRequest } from './request.ts';
import { matchRoute } from './router.ts';

/** The ports that authentication takes; those of the use cases come on top. */
type HttpPorts = Pick<Ports, 'registry' | 'clock'>;
type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;

/**
 * A Lambda handler for HTTP requests: finds the row, recognises the key, carries out the use case, answers in the
 * dialect. `useCases` are those that the function's rows ask for; nothing else gets into its bundle.
 */
export function httpHandler<Cases extends Implementations>(
  openPorts: () => HttpPorts & PortsOf<Cases>,
  useCases: Cases,
) {
  return middy<Event, Result>()
    .use(refusals())
    .handler(async event => {
      const { next, principal } = await understood(openPorts, event);
      return resultOf('useCase' in next ? await carryOut(openPorts(), principal, next, useCases) : next);
    });
}

/** What a request asks for, and who asks. The request itself is of no more use then, nor are its octets. */
async function understood(
  openPorts: () => HttpPorts,
  event: Event,
): Promise<{ next: Invocation | HttpResponse; principal?: Principal }> {
  const request = takeRequest(event);
  const match = matchRoute(contracts, request);
  if (!('route' in match)) return { next: match.contract.unknownRoute(match.allow) };
  const principal = await recognise(openPorts(), match.route, match.contract.credential(request));
  const readable = decodeContent(request);
  return { next: match.route.handle({ ...readable, parameters: match.parameters }), principal };
}

/** Rows for anyone have no principal, and their use cases do not ask for one. */
async function recognise(ports: HttpPorts, { access }: Route, key: string | undefined) {
  if (access === 'anyone') return undefined;
  const principal = await authenticate(ports, key);
  if (principal.scopes.includes(access)) return principal;
  throw new PrintError('forbidden', `This key does not have the scope "${access}".`);
}

/** `httpHandler` has compared the ports with the use cases; here they are the least that any use case takes. */
async function carryOut(
  ports: HttpPorts,
  principal: Principal | undefined,
  invocation: Invocation,
  useCases: Implementations,
): Promise<HttpResponse> {
  try {
    return await answerOf(useCases, ports, principal, invocation);
  } catch (error) {
    const refusal = error instanceof PrintError && invocation.refuse?.(error);
    if (refusal) return refusal;
    throw error;
  }
}

/** Whatever is thrown becomes a refusal in the caller's dialect; what is not a PrintError is ours and is logged. */
function refusals(): middy.MiddlewareObj<Event, Result> {
  return {
    onError: request => {
      const { requestContext, rawPath: path } = request.event;
      const { method } = requestContext.http;
      const error = printErrorOf(request.error);
      if (error.code === 'internal')
        log('request-failed', { method, path, error: error.cause ?? error, detail: error.detail });
      const refusal = matchRoute(contracts, { method, path }).contract.refuse(error);
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
