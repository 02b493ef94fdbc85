import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../doubles/any-character.ts';
import { bodyOctetsInEvent, eventOf } from '../../../server/event.ts';
import { takeRequest } from '../../../shared/handlers/request.ts';

const requestWith = (type: string): IncomingMessage =>
  ({ url: '/api/putfile', method: 'PUT', headers: { 'content-type': type }, socket: {} }) as IncomingMessage;

/** As Lambda receives it. */
const overTheWire = (event: object) => JSON.parse(JSON.stringify(event));

describe('an event made of a request', () => {
  it.each([
    ['/a%20b%2Fc', '/a b/c'],
    ['/50%%20off%', '/50% off%'],
  ])('has the path %s as %s', (url, path) => {
    expect(eventOf({ ...requestWith('text/plain'), url } as IncomingMessage, Buffer.alloc(0)).rawPath).toBe(path);
  });

  it('says who asks for what, in the form of API Gateway', () => {
    const headers = { host: 'print.example', 'user-agent': 'curl/8.0', cookie: 'sid=1', 'x-api-key': 'k' };
    const request = { url: '/api/get?a=b?c&d=%20', method: 'GET', headers, httpVersion: '1.1' };
    const socket = { remoteAddress: '192.0.2.7' };

    const event = eventOf({ ...request, socket } as unknown as IncomingMessage, Buffer.alloc(0));

    expect(event).toMatchObject({
      rawPath: '/api/get',
      rawQueryString: 'a=b?c&d=%20',
      headers: { 'x-forwarded-proto': 'http', host: 'print.example', 'user-agent': 'curl/8.0', 'x-api-key': 'k' },
      requestContext: {
        domainName: 'print.example',
        http: { method: 'GET', path: '/api/get', protocol: 'HTTP/1.1', sourceIp: '192.0.2.7', userAgent: 'curl/8.0' },
      },
    });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event.body).toBeUndefined();
  });

  it('keeps the scheme that a proxy names', () => {
    const request = { ...requestWith('text/plain'), headers: { 'x-forwarded-proto': 'https' } };

    expect(eventOf(request as unknown as IncomingMessage, Buffer.alloc(0)).headers['x-forwarded-proto']).toBe('https');
  });

  it.each(['application/pdf', 'text/plain'])('is the same with and without a JSON round trip: %s', type => {
    fc.assert(
      fc.property(fc.uint8Array(), octets => {
        const event = eventOf(requestWith(type), Buffer.from(octets));

        const sent = overTheWire(event);

        expect(takeRequest(event).body).toEqual(Buffer.from(octets));
        expect(takeRequest(sent).body).toEqual(Buffer.from(octets));
        for (const emptied of [event, sent]) expect(emptied).not.toHaveProperty('body');
      }),
    );
  });

  it('is measured by the length of its body in JSON', () => {
    const anyBody = fc.oneof(
      fc.uint8Array().map(octets => ({ type: 'application/pdf', body: Buffer.from(octets) })),
      fc.string({ unit: anyCharacter }).map(text => ({ type: 'application/json', body: Buffer.from(text) })),
    );
    fc.assert(
      fc.property(anyBody, ({ type, body }) => {
        const event = eventOf(requestWith(type), body);

        const quotes = 2;
        const length = Buffer.byteLength(JSON.stringify(event.body ?? '')) - quotes;
        expect(bodyOctetsInEvent(body, event)).toBe(length);
      }),
      { examples: [[{ type: 'application/json', body: Buffer.from('{"a":"\\\\"}\n\u0001') }]] },
    );
  });
});
