import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  addressOf,
  isBodyChanged,
  isPastFirewall,
  isTextType,
  keepOctets,
  takeRequest,
} from '../../../shared/handlers/request.ts';
import { eventFor, key, openWorld, type World } from '../world.ts';

/** A body as API Gateway hands it on: text types as text, with U+FFFD for what is not UTF-8. */
function received(type: string, octets: Buffer) {
  const isText = /^text|json|xml|javascript/.test(type);
  const headers = { 'content-type': type, 'content-length': String(octets.length) };
  return eventFor({ method: 'PUT', path: '/api/putfile', headers, body: isText ? octets.toString('utf8') : octets });
}

describe('a body that API Gateway has handed on', () => {
  const latin1 = Buffer.from('Größe', 'latin1');
  const utf8 = Buffer.from('Größe');
  const cut = utf8.subarray(0, 3);

  it.each<[type: string, octets: Buffer, isChanged: boolean]>([
    ['text/plain', latin1, true],
    ['text/plain; charset=iso-8859-1', latin1, true],
    ['application/json', latin1, true],
    ['text/plain', cut, true],
    ['text/plain', utf8, false],
    ['text/plain', Buffer.alloc(0), false],
    ['application/octet-stream', latin1, false],
    ['application/pdf', latin1, false],
  ])('of type %s', (type, octets, isChanged) => {
    const event = received(type, octets);
    const request = takeRequest(event);

    expect(isBodyChanged(event, request)).toBe(isChanged);
  });
});

describe('a body that a server hands on as octets', () => {
  const latin1 = Buffer.from('Größe', 'latin1');

  it.each<[headers: Record<string, string>, octets: Buffer, isChanged: boolean]>([
    [{ 'content-type': 'text/plain' }, latin1, true],
    [{ 'content-type': 'Text/CSV' }, latin1, true],
    [{ 'content-type': 'text/plain' }, Buffer.from('Größe'), false],
    [{ 'content-type': 'text/plain; charset=iso-8859-1' }, latin1, false],
    [{ 'content-type': 'text/plain', 'content-encoding': 'gzip' }, latin1, false],
    [{ 'content-type': 'application/json' }, latin1, false],
    [{}, latin1, false],
  ])('with %j is answered as one of API Gateway', (headers, octets, isChanged) => {
    const event = eventFor({ method: 'PUT', path: '/', headers, body: octets });

    expect(isBodyChanged(event, takeRequest(event))).toBe(isChanged);
  });

  it('is not announced in parts, and then taken as it is', () => {
    const event = eventFor({ method: 'PUT', path: '/', headers: { 'content-type': 'text/plain' }, body: 'Gr\ufffd' });

    expect(isBodyChanged(event, takeRequest(event))).toBe(false);
  });
});

it('text types are those that API Gateway converts', () => {
  const text = [
    'text/plain',
    'TEXT/x',
    'application/json',
    'application/xml ; charset=utf-8',
    'application/javascript;',
  ];
  const octets = [undefined, '', 'application/pdf', 'application/jsonlines', 'application/vnd.a+json', 'x-text/plain'];

  expect(text.filter(type => !isTextType(type))).toEqual([]);
  expect(octets.filter(isTextType)).toEqual([]);
});

describe('a request', () => {
  const taken = (body: string | Uint8Array, keep?: Buffer) => {
    const event = eventFor({ method: 'POST', path: '/A/b', query: 'a=1&b=2', body });
    if (keep) keepOctets(event, keep);
    return { event, request: takeRequest(event) };
  };

  it('has the method, the path, the query, the body and the address of the service', () => {
    const { request } = taken('Größe');

    expect(request).toMatchObject({ method: 'POST', path: '/A/b', parameters: {}, origin: 'https://platen.test' });
    expect(Object.fromEntries(request.query)).toEqual({ a: '1', b: '2' });
    expect(String(request.body)).toBe('Größe');
    expect(String(taken(Buffer.from('Größe')).request.body)).toBe('Größe');
  });

  it('leaves no body in its event, and takes octets that were kept for it once', () => {
    const { event, request } = taken('', Buffer.from('kept'));

    expect(event).not.toHaveProperty('body');
    expect(String(request.body)).toBe('kept');
    expect(String(takeRequest(event).body)).toBe('');
  });
});

describe('the client’s address', () => {
  afterEach(() => vi.unstubAllEnvs());
  const address = (forwarded?: string) =>
    addressOf(eventFor({ method: 'GET', path: '/', headers: forwarded ? { 'x-forwarded-for': forwarded } : {} }));

  it('is that of the connection, whatever the client says', () => {
    expect([address(), address('198.51.100.7')]).toEqual(['192.0.2.1', '192.0.2.1']);
  });

  it('is the last but one in the list behind a firewall', () => {
    vi.stubEnv('PLATEN_PUBLIC_ORIGIN', 'https://print.example.com');
    vi.stubEnv('PLATEN_ORIGIN_SECRET', 's');

    expect(address('10.0.0.9, 198.51.100.7 , 203.0.113.5')).toBe('198.51.100.7');
    expect(address('198.51.100.7,203.0.113.5')).toBe('198.51.100.7');
    expect(address()).toBe('192.0.2.1');
  });

  it('tells who came around the firewall', () => {
    const isPast = (headers = {}) => isPastFirewall(eventFor({ method: 'GET', path: '/', headers }));
    expect(isPast()).toBe(false);
    vi.stubEnv('PLATEN_PUBLIC_ORIGIN', 'https://print.example.com');
    vi.stubEnv('PLATEN_ORIGIN_SECRET', 's');

    expect([isPast(), isPast({ 'x-origin-verify': 'x' }), isPast({ 'x-origin-verify': 's' })]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('requests', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await world.close();
  });

  it.each([
    ['/api/putfile', 'PUT', 415],
    ['/v1/file/upload', 'POST', 415],
  ])('to %s with a changed body are refused with the type to send', async (path, method, status) => {
    const headers = {
      'content-type': 'text/plain',
      'content-length': '5',
      'x-api-key': key,
      authorization: `Bearer ${key}`,
    };

    const answer = await world.call({ method, path, headers, body: 'Gr\ufffd\ufffde' });

    expect(answer.statusCode).toBe(status);
    expect(answer.body).toContain('application/octet-stream');
  });

  describe('behind a firewall', () => {
    const authorization = `Bearer ${key}`;
    const call = (headers: Record<string, string>) =>
      world.call({ method: 'GET', path: '/platen/v1/jobs', headers: { authorization, ...headers } });
    beforeEach(() => {
      vi.stubEnv('PLATEN_PUBLIC_ORIGIN', 'https://print.example.com');
      vi.stubEnv('PLATEN_ORIGIN_SECRET', 'secret of the firewall');
    });

    it.each([[{}], [{ 'x-origin-verify': 'guessed' }]])('are refused without its secret: %o', async headers => {
      const answer = await call(headers as Record<string, string>);

      expect(answer.statusCode).toBe(403);
      expect(answer.body).toContain('https://print.example.com');
    });

    it('are taken with it, and addresses name the firewall', async () => {
      const headers = { 'x-origin-verify': 'secret of the firewall' };
      const convert = { ...headers, 'x-api-key': key, 'content-type': 'application/json' };
      const body = JSON.stringify({ url: 'https://example.com/a.pdf', async: true });

      const [jobs, started] = [
        await call(headers),
        await world.call({ method: 'POST', path: '/v1/pdf/info', headers: convert, body }),
      ];

      expect(jobs.statusCode).toBe(200);
      expect(JSON.parse(started.body as string).url).toMatch(/^https:\/\/print\.example\.com\//);
    });
  });
});
