import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/**
 * An HTTP request as API Gateway's HTTP APIs deliver it to a function [AWS API Gateway, payload format 2.0]: header
 * names in lower case, the path decoded, the query as it came, bodies in base64 unless their type says that they are
 * text. Throws URIError for a path that cannot be decoded.
 */
export function eventOf(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  const rawPath = decodeURIComponent(path);
  const isBase64Encoded = !isText(request.headers['content-type'], body);
  const host = request.headers.host ?? '';
  return {
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
    body: body.length === 0 ? undefined : body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const given = Object.entries(request.headers).filter(([name]) => name !== 'cookie');
  const headers = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  return { 'x-forwarded-proto': 'http', ...headers };
}

const textTypes = /^(text\/.*|application\/(json|javascript|xml))(\s*;|$)/i;

/** A body that is said to be text and is not goes as octets here; API Gateway would spoil it. */
function isText(type: string | undefined, body: Buffer): boolean {
  return type !== undefined && textTypes.test(type) && isUtf8(body);
}
