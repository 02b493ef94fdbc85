import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { formValues } from '../contracts/body-text.ts';
import type { HttpRequest } from '../contracts/contract.ts';
import { originOf } from './origin.ts';

const octetsOf = new WeakMap<APIGatewayProxyEventV2, Buffer>();

/** Whoever makes an event in this process has the octets of its body already, and says so here. */
export function keepOctets(event: APIGatewayProxyEventV2, octets: Buffer): void {
  octetsOf.set(event, octets);
}

/**
 * An API Gateway event as the request that contracts read. The body is taken out of the event: what a contract makes of
 * it is all that stays while it is worked on, so that a document in base64 is not held twice. HTTP APIs decode the path before they deliver it, and
 * deliver bodies as base64 unless their type says text [AWS API Gateway, payload format 2.0].
 */
export function takeRequest(event: APIGatewayProxyEventV2): HttpRequest {
  const { headers, requestContext } = event;
  const body = octetsOf.get(event) ?? Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  octetsOf.delete(event);
  delete event.body;
  return {
    method: requestContext.http.method,
    path: event.rawPath,
    query: formValues(event.rawQueryString),
    headers,
    body,
    parameters: {},
    origin: originOf(headers, requestContext.domainName),
  };
}
