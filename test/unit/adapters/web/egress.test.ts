import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { egressFetch, readBody } from '../../../../shared/adapters/web/egress-fetch.ts';
import { isPrivateNumber } from '../../../../shared/adapters/web/egress-policy.ts';

const seen: string[] = [];
const heads: IncomingMessage[] = [];
const show = ({ url, headers, method }: IncomingMessage) =>
  `${method} ${headers.host?.split(':')[0]}${url} ${headers.cookie ?? '-'} ${headers.authorization ?? '-'}`;

function answer(message: IncomingMessage, response: ServerResponse) {
  seen.push(show(message));
  heads.push(message);
  const [, action, argument] = /^\/(\w*)\??(.*)/.exec(message.url ?? '') ?? [];
  if (action === 'to') return response.writeHead(302, { Location: decodeURIComponent(argument ?? '') }).end();
  if (action === 'gzip')
    return response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000)));
  if (action === 'count') {
    const left = Number(argument);
    return response.writeHead(left > 0 ? 302 : 200, left > 0 ? { Location: `/count?${left - 1}` } : {}).end();
  }
  if (action === 'go') {
    const [status = '', location = ''] = (argument ?? '').split(',');
    return response.writeHead(Number(status), location ? { Location: location } : {}).end('hello');
  }
  if (action === 'coded') return response.writeHead(200, { 'Content-Encoding': argument }).end('hello');
  if (action === 'GZIP') return response.writeHead(200, { 'Content-Encoding': 'X-GZIP' }).end(gzipSync('hello'));
  if (action === 'large') return response.writeHead(200).end(Buffer.alloc(200_000));
  if (action === 'hang') return response.writeHead(200).write('a');
  if (action === 'silent') return;
  if (action === 'endless') return response.writeHead(302, { Location: '/b' }).write('a');
  if (action === 'break') return response.writeHead(200).write('a', () => response.destroy());
  if (action === 'spoilt') return response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('not gzip');
  if (action === 'br') return response.writeHead(200, { 'Content-Encoding': 'br' }).end(brotliCompressSync('hello'));
  return response.writeHead(200).end('hello');
}
const server = createServer(answer);
let port = 0;
// Two names for this machine, one of them allowed.
const resolve = async (host: string) => [{ address: host === 'public.example' ? '10.1.1.1' : '127.0.0.1', family: 4 }];
const options = () => ({
  allowFetch: [`home.example:${port}`, `other.example:${port}`],
  resolve,
  maxOctets: 100_000,
  deadlineMs: 5_000,
});
const home = (path: string) => `http://home.example:${port}${path}`;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  seen.splice(0);
  heads.splice(0);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('egressFetch', () => {
  test('fetches allowed addresses, with credentials', async () => {
    const response = await egressFetch(home('/a'), { ...options(), credentials: { username: 'u', password: 'p' } });

    expect(Buffer.from(await readBody(response)).toString()).toBe('hello');
    expect(seen).toEqual(['GET home.example/a - Basic dTpw']);
  });

  test('takes credentials from the address, unless others are given', async () => {
    const address = `http://u:p%40@home.example:${port}/`;
    await egressFetch(address, options());
    await egressFetch(address, { ...options(), credentials: { username: 'u', password: 'p' } });
    expect(seen).toEqual([
      `GET home.example/ - Basic ${Buffer.from('u:p@').toString('base64')}`,
      'GET home.example/ - Basic dTpw',
    ]);
  });

  test.each(['u:%', 'u:%ff', '%:p'])('refuses credentials that cannot be decoded: %s', async pair => {
    const fetching = egressFetch(`http://${pair}@home.example:${port}/`, options());

    await expect(fetching).rejects.toMatchObject({
      code: 'bad-address',
      message: expect.stringContaining('percent-encoded'),
    });
    expect(seen).toEqual([]);
  });

  test('asks for a body that it can decompress, of the whole target at its host', async () => {
    await egressFetch(`${home('/a/b?c=d&e')}#f`, { ...options(), headers: { 'x-more': 'yes' } });
    await egressFetch(home('/'), { ...options(), headers: { 'accept-encoding': 'identity' } });

    expect(heads[0]).toMatchObject({ method: 'GET', url: '/a/b?c=d&e' });
    expect(heads.map(({ headers }) => headers)).toMatchObject([
      { host: `home.example:${port}`, 'accept-encoding': 'gzip, br', 'x-more': 'yes' },
      { 'accept-encoding': 'identity' },
    ]);
  });

  test('sends cookie and credentials again to the same origin', async () => {
    const headers = { Cookie: 'sid=1', Authorization: 'Bearer x' };
    await egressFetch(home('/to?%2Fb'), { ...options(), headers });
    await egressFetch(home('/to?%2Fb'), { ...options(), credentials: { username: 'u', password: 'p' } });

    expect(seen[1]).toBe('GET home.example/b sid=1 Bearer x');
    expect(seen[3]).toBe('GET home.example/b - Basic dTpw');
  });

  test('sends no cookie and no credentials to another origin', async () => {
    const elsewhere = encodeURIComponent(`http://other.example:${port}/b`);
    const response = await egressFetch(home(`/to?${elsewhere}`), {
      ...options(),
      headers: { Cookie: 'sid=1', Authorization: 'Bearer x', 'Proxy-Authorization': 'y', 'x-kept': 'yes' },
    });

    expect(heads[1]?.headers).toMatchObject({ 'x-kept': 'yes' });
    expect(heads[1]?.headers).not.toHaveProperty('proxy-authorization');
    expect(response.url).toBe(`http://other.example:${port}/b`);
    expect(seen[0]).toContain('sid=1 Bearer x');
    expect(seen[1]).toBe('GET other.example/b - -');
  });

  test.each([
    'http://private.example/',
    'http://169.254.169.254/latest/meta-data/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://10.1.1.1/',
    'file:///etc/passwd',
    'data:text/html,x',
    'ftp://8.8.8.8/',
  ])('refuses %s at first and after a redirect', async address => {
    const code = 'forbidden-address';
    await expect(egressFetch(address, options())).rejects.toMatchObject({ code });
    await expect(egressFetch(home(`/to?${encodeURIComponent(address)}`), options())).rejects.toMatchObject({ code });
    expect(seen).toHaveLength(1);
  });

  test.each([
    ['http://10.1.1.1/', 'The address 10.1.1.1:80 is private'],
    ['https://10.1.1.1/', 'The address 10.1.1.1:443 is private'],
    ['https://10.1.1.1:8443/', 'The address 10.1.1.1:8443 is private'],
    ['ftp://8.8.8.8/', 'Only http and https addresses are fetched, not ftp:'],
    ['http://public.example/', 'The host public.example is not known, or its address is private'],
  ])('says why it refuses %s', async (address, text) => {
    await expect(egressFetch(address, options())).rejects.toThrow(text);
  });

  test('refuses what is no address, also as the target of a redirect', async () => {
    for (const address of ['no address', 'http://[', home('/to?http://[')])
      await expect(egressFetch(address, options())).rejects.toMatchObject({ code: 'bad-address' });
  });

  test.each([
    ['POST', 301, 'GET'],
    ['POST', 302, 'GET'],
    ['POST', 303, 'GET'],
    ['POST', 307, 'POST'],
    ['POST', 308, 'POST'],
    ['PUT', 301, 'PUT'],
    ['PUT', 303, 'GET'],
    ['HEAD', 302, 'HEAD'],
  ])('follows %s with %i as %s', async (method, status, next) => {
    const response = await egressFetch(home(`/go?${status},/b`), { ...options(), method });

    expect([response.status, response.url]).toEqual([200, home('/b')]);
    expect(seen.map(line => line.split(' ')[0])).toEqual([method, next]);
  });

  test.each(['/go?304,/b', '/go?302', '/go?200,/b', '/go?300,/b'])('returns %s as it is', async path => {
    const response = await egressFetch(home(path), options());

    expect([response.url, seen.length]).toEqual([home(path), 1]);
  });

  test.each([
    [0, 302],
    [1, 302],
    [2, 200],
  ])('follows %i redirects if no more are permitted, and returns the last answer', async (redirects, status) => {
    const twice = `/to?${encodeURIComponent(`/to?${encodeURIComponent('/b')}`)}`;

    expect((await egressFetch(home(twice), { ...options(), redirects })).status).toBe(status);
    expect(seen).toHaveLength(redirects + 1);
  });

  test('sends a body again where the method stays', async () => {
    const bodies: string[] = [];
    const listener = async (message: IncomingMessage) =>
      void bodies.push(String(Buffer.concat(await message.toArray())));
    server.prependListener('request', listener);
    for (const status of [307, 303])
      await egressFetch(home(`/go?${status},/b`), { ...options(), method: 'POST', body: 'x' });
    server.off('request', listener);

    expect(bodies).toEqual(['x', 'x', 'x', '']);
  });

  test('keeps no connection of an answer that leads elsewhere', async () => {
    const redirected = once(server, 'request').then(([, response]) => once(response, 'close'));

    expect((await egressFetch(home('/endless'), { ...options(), deadlineMs: 60_000 })).url).toBe(home('/b'));
    await redirected;
  });

  test('follows ten redirects, and not eleven', async () => {
    expect((await egressFetch(home('/count?10'), options())).url).toBe(home('/count?0'));
    await expect(egressFetch(home('/count?11'), options())).rejects.toThrow('redirects more than 10 times');
  });

  test('ends endless redirects', async () => {
    const loop = `/to?${encodeURIComponent('/to?')}`;
    await expect(egressFetch(home(loop), options())).rejects.toMatchObject({ code: 'not-reachable' });
  });

  test('reads a body of exactly as many octets as it may', async () => {
    const body = async (maxOctets: number) => readBody(await egressFetch(home('/'), { ...options(), maxOctets }));

    expect(String(await body(5))).toBe('hello');
    await expect(body(4)).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('larger than 4 octets'),
    });
  });

  test('says of a body why it ended', async () => {
    const ended = new AbortController();
    const body = async (path: string) =>
      readBody(await egressFetch(home(path), { ...options(), signal: ended.signal }));

    await expect(body('/break')).rejects.toMatchObject({ code: 'not-reachable', cause: { code: 'ECONNRESET' } });
    await expect(body('/spoilt')).rejects.toMatchObject({ code: 'not-reachable' });
    const reading = body('/hang');
    await vi.waitFor(() => expect(seen).toHaveLength(3));
    ended.abort();
    await expect(reading).rejects.toMatchObject({ code: 'canceled' });
  });

  test('stops large bodies, also compressed ones, and late ones', async () => {
    const body = async (path: string, deadlineMs = 5_000) =>
      readBody(await egressFetch(home(path), { ...options(), deadlineMs }));
    await expect(body('/large')).rejects.toMatchObject({ code: 'too-large' });
    await expect(body('/gzip')).rejects.toMatchObject({ code: 'too-large' });
    await expect(body('/hang', 200)).rejects.toMatchObject({ code: 'timeout' });
  });

  test.each(['/coded?constructor', '/coded?__proto__', '/coded?identity', '/GZIP', '/br'])(
    'reads a body in a coding that it knows in any case, and others as they are: %s',
    async path => {
      expect(String(await readBody(await egressFetch(home(path), options())))).toBe('hello');
    },
  );

  test('reports an address without a server, one that does not answer in time, and an aborted caller', async () => {
    const closed = egressFetch('http://closed.example:9/', { ...options(), allowFetch: ['closed.example'] });
    const cause = { code: 'ECONNREFUSED' };
    await expect(closed).rejects.toMatchObject({
      code: 'not-reachable',
      message: 'closed.example:9 does not answer.',
      cause,
    });
    const silent = egressFetch(home('/silent'), { ...options(), deadlineMs: 50 });
    await expect(silent).rejects.toMatchObject({
      code: 'timeout',
      message: `home.example:${port} did not answer in time.`,
      cause: { code: 'ABORT_ERR' },
    });
    const givenUp = egressFetch(home('/hang'), { ...options(), signal: AbortSignal.abort() });
    await expect(givenUp).rejects.toMatchObject({ code: 'canceled', cause: { code: 'ABORT_ERR' } });
  });
});

describe('an address alone shows', () => {
  const allowed = { allowFetch: ['10.0.0.7', '[fd00::1]:8443', '127.0.0.1:80'] };

  test.each(['http://10.0.0.7/hook', 'https://[fd00::1]:8443/', 'http://u:p@0x7f.1/'])(
    'that %s is private, unless it is allowed',
    address => {
      expect(isPrivateNumber(address, { allowFetch: [] })).toBe(true);
      expect(isPrivateNumber(address, allowed)).toBe(false);
    },
  );

  test('neither that a name nor that a public number is private', () => {
    expect(isPrivateNumber('https://hooks.invalid/', { allowFetch: [] })).toBe(false);
    expect(isPrivateNumber('https://8.8.8.8/', { allowFetch: [] })).toBe(false);
  });

  test('that an allowed number at another port is private', () => {
    expect(isPrivateNumber('http://127.0.0.1:81/', allowed)).toBe(true);
    expect(isPrivateNumber('https://127.0.0.1/', allowed)).toBe(true);
  });
});
