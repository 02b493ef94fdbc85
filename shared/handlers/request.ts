import { isUtf8 } from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { formValues } from '../contracts/body-text.ts';
import type { HttpRequest } from '../contracts/contract.ts';
import { front } from '../protocol/config.ts';
import { originHeader } from '../protocol/origin-header.ts';
import { originOf } from './origin.ts';

const octetsOf = new WeakMap<APIGatewayProxyEventV2, Buffer>();

/** Keeps the octets of a body that this process has already decoded, so that `takeRequest` need not decode it. */
export function keepOctets(event: APIGatewayProxyEventV2, octets: Buffer): void {
  octetsOf.set(event, octets);
}

/** The client's address. Behind the firewall the gateway sees CloudFront, which appends its client to the header's list. */
export function addressOf({ headers, requestContext }: APIGatewayProxyEventV2): string {
  const { sourceIp } = requestContext.http;
  if (!front()) return sourceIp;
  const [client] = (headers['x-forwarded-for'] ?? '')
    .split(',')
    .map(text => text.trim())
    .slice(-2);
  return client || sourceIp;
}

/** Whether the request came around the firewall. */
export function isPastFirewall({ headers }: APIGatewayProxyEventV2): boolean {
  const expected = front();
  return expected !== undefined && !isEqual(headers[originHeader] ?? '', expected.originSecret);
}

/** In a time that does not depend on the texts. */
const isEqual = (one: string, other: string) =>
  timingSafeEqual(...([one, other].map(text => createHash('sha256').update(text).digest()) as [Buffer, Buffer]));

/** Bodies of these types reach a function as text [AWS API Gateway, payload format 2.0]. */
const textTypes = /^(text\/.*|application\/(json|javascript|xml))(\s*;|$)/i;
export const isTextType = (type: string | undefined) => type !== undefined && textTypes.test(type);

/**
 * Whether the octets of a body are not those that the client sent: API Gateway converts bodies of text types to text, and
 * replaces what is not UTF-8. One machine does not, but answers the same for a document, which has no character set.
 */
export function isBodyChanged(event: APIGatewayProxyEventV2, { headers, body }: HttpRequest): boolean {
  const type = headers['content-type'];
  if (!isTextType(type) || body.length === 0) return false;
  const isSaid = headers['content-encoding'] !== undefined || /charset=/i.test(type as string);
  if (event.isBase64Encoded) return /^text\//i.test(type as string) && !isSaid && !isUtf8(body);
  const announced = headers['content-length'];
  return announced !== undefined && Number(announced) !== body.length;
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
    origin: front()?.publicOrigin ?? originOf(headers, requestContext.domainName),
  };
}
