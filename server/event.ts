import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { isTextType, keepOctets } from '../shared/handlers/request.ts';

/**
 * An HTTP request as API Gateway's HTTP APIs deliver it to a function [AWS API Gateway, payload format 2.0]: header
 * names in lower case, the path decoded, the query as it came, bodies in base64 unless their type says that they are
 * text. Throws URIError for a path that cannot be decoded.
 *
 * `body` is encoded on first access. The octets are passed beside the event, so that the function in this process need not
 * decode them, and no document is in memory twice.
 */
export function eventOf(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  // a client that appends an unescaped file name may mean a literal % [npm scriptxprint-html, jobFileName]
  const rawPath = decodeURIComponent(path.replace(/%(?![0-9a-f]{2})/gi, '%25'));
  const isBase64Encoded = !isText(request.headers['content-type'], body);
  const host = request.headers.host ?? '';
  const event: APIGatewayProxyEventV2 = {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: query.join('?'),
    headers: headersOf(request),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'one-machine',
      domainName: host,
      domainPrefix: '',
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
    },
    get body() {
      return body.length === 0 ? undefined : body.toString(isBase64Encoded ? 'base64' : 'utf8');
    },
    isBase64Encoded,
  };
  keepOctets(event, body);
  return event;
}

/** How long the body is in the event as JSON, which is how functions are given it. */
export function bodyOctetsInEvent(body: Buffer, { isBase64Encoded }: APIGatewayProxyEventV2): number {
  return isBase64Encoded ? Math.ceil(body.length / 3) * 4 : body.length + escapesIn(body);
}

/** By how many octets a text grows when JSON escapes it. */
function escapesIn(text: Buffer): number {
  let octets = 0;
  for (const octet of text) {
    if (octet === quote || octet === backslash) octets += 1;
    else if (octet < 0x20) octets += shortEscapes.has(octet) ? 1 : 5;
  }
  return octets;
}

const quote = 0x22;
const backslash = 0x5c;
/** \b \t \n \f \r; all others are six characters long [RFC 8259 7] */
const shortEscapes = new Set([8, 9, 10, 12, 13]);

function headersOf(request: IncomingMessage): Record<string, string> {
  const given = Object.entries(request.headers).filter(([name]) => name !== 'cookie');
  const headers = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  return { 'x-forwarded-proto': 'http', ...headers };
}

/** A body that is said to be text and is not goes as octets here; API Gateway would spoil it. */
function isText(type: string | undefined, body: Buffer): boolean {
  return isTextType(type) && isUtf8(body);
}
