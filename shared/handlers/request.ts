import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { formValues } from '../contracts/body-text.ts';
import type { HttpRequest } from '../contracts/contract.ts';
import { originOf } from './origin.ts';

const octetsOf = new WeakMap<APIGatewayProxyEventV2, Buffer>();

/** Keeps the octets of a body that this process has already decoded, so that `takeRequest` need not decode it. */
export function keepOctets(event: APIGatewayProxyEventV2, octets: Buffer): void {
  octetsOf.set(event, octets);
}

/**
 * Converts an API Gateway event to the request that contracts parse. Removes the body from the event, so that a
 * document in base64 is not in memory twice while the request is processed. HTTP APIs decode the path, and encode
 * bodies as base64 unless their type is text [AWS API Gateway, payload format 2.0].
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
