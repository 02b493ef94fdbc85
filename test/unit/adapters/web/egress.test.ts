import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { egressFetch, readBody } from '../../../../shared/adapters/web/egress-fetch.ts';
import { isPrivateNumber } from '../../../../shared/adapters/web/egress-policy.ts';
import { openEgressProxy } from '../../../../shared/adapters/web/egress-proxy.ts';

const seen: string[] = [];
const show = ({ url, headers, method }: IncomingMessage) =>
  `${method} ${headers.host?.split(':')[0]}${url} ${headers.cookie ?? '-'} ${headers.authorization ?? '-'}`;

function answer(message: IncomingMessage, response: ServerResponse) {
  seen.push(show(message));
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
beforeEach(() => void seen.splice(0));
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

  test('takes credentials from the address', async () => {
    await egressFetch(`http://u:p%40@home.example:${port}/`, options());
    expect(seen).toEqual([`GET home.example/ - Basic ${Buffer.from('u:p@').toString('base64')}`]);
  });

  test('sends no cookie and no credentials to another origin', async () => {
    const elsewhere = encodeURIComponent(`http://other.example:${port}/b`);
    const response = await egressFetch(home(`/to?${elsewhere}`), {
      ...options(),
      headers: { Cookie: 'sid=1', Authorization: 'Bearer x' },
    });

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
    'file:///etc/passwd',
    'data:text/html,x',
  ])('refuses %s at first and after a redirect', async address => {
    const code = 'forbidden-address';
    await expect(egressFetch(address, options())).rejects.toMatchObject({ code });
    await expect(egressFetch(home(`/to?${encodeURIComponent(address)}`), options())).rejects.toMatchObject({ code });
    expect(seen).toHaveLength(1);
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

  test('follows ten redirects, and not eleven', async () => {
    expect((await egressFetch(home('/count?10'), options())).url).toBe(home('/count?0'));
    await expect(egressFetch(home('/count?11'), options())).rejects.toThrow('redirects more than 10 times');
  });

  test('ends endless redirects', async () => {
    const loop = `/to?${encodeURIComponent('/to?')}`;
    await expect(egressFetch(home(loop), options())).rejects.toMatchObject({ code: 'not-reachable' });
  });

  test('stops large bodies, also compressed ones, and late ones', async () => {
    const body = async (path: string, deadlineMs = 5_000) =>
      readBody(await egressFetch(home(path), { ...options(), deadlineMs }));
    await expect(body('/large')).rejects.toMatchObject({ code: 'too-large' });
    await expect(body('/gzip')).rejects.toMatchObject({ code: 'too-large' });
    await expect(body('/hang', 200)).rejects.toMatchObject({ code: 'timeout' });
  });

  test.each(['/coded?constructor', '/coded?__proto__', '/coded?identity', '/GZIP'])(
    'reads a body in a coding that it knows in any case, and others as they are: %s',
    async path => {
      expect(String(await readBody(await egressFetch(home(path), options())))).toBe('hello');
    },
  );

  test('reports an address without a server, and an aborted caller', async () => {
    const closed = egressFetch('http://closed.example:9/', { ...options(), allowFetch: ['closed.example'] });
    await expect(closed).rejects.toMatchObject({ code: 'not-reachable' });
    const givenUp = egressFetch(home('/hang'), { ...options(), signal: AbortSignal.abort() });
    await expect(givenUp).rejects.toMatchObject({ code: 'canceled' });
  });
});

describe('the egress proxy', () => {
  async function through(proxyPort: number, url: string, authorization?: string, more: Record<string, string> = {}) {
    const headers = {
      ...more,
      ...(authorization && { 'proxy-authorization': authorization }),
      host: new URL(url).host,
    };
    const outgoing = request({ host: '127.0.0.1', port: proxyPort, path: url, headers, agent: false }).end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'close');
    return response.statusCode;
  }
  const basic = (pair: { username: string; password: string }) =>
    `Basic ${Buffer.from(`${pair.username}:${pair.password}`).toString('base64')}`;

  test('refuses requests without credentials, and those of ended jobs', async () => {
    const proxy = await openEgressProxy(options());
    const traffic = proxy.admit();

    expect(await through(proxy.port, home('/'))).toBe(407);
    expect(await through(proxy.port, home('/'), basic({ ...traffic.credentials, password: 'x' }))).toBe(407);
    expect(await through(proxy.port, home('/'), basic(traffic.credentials))).toBe(200);
    traffic.close();
    expect(await through(proxy.port, home('/'), basic(traffic.credentials))).toBe(407);
    await proxy.close();
  });

  test('refuses private addresses, also by CONNECT, and records them', async () => {
    const proxy = await openEgressProxy({ allowFetch: [] });
    const traffic = proxy.admit();

    expect(await through(proxy.port, `http://127.0.0.1:${port}/x`, basic(traffic.credentials))).toBe(403);
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write(`CONNECT 0x7f000001:${port} HTTP/1.1\r\nProxy-Authorization: ${basic(traffic.credentials)}\r\n\r\n`);
    const [head] = await once(socket, 'data');
    expect(String(head)).toMatch(/^HTTP\/1.1 403/);
    expect(traffic.failures.map(({ error }) => error.code)).toEqual(['forbidden-address', 'forbidden-address']);
    expect(seen).toEqual([]);
    socket.destroy();
    await proxy.close();
  });

  test('sends its own credentials no further', async () => {
    const proxy = await openEgressProxy(options());
    const raw: IncomingMessage['headers'][] = [];
    const hop = { te: 'trailers', upgrade: 'h2c', 'keep-alive': 'timeout=5', 'x-kept': 'yes' };
    const listener = (message: IncomingMessage) => void raw.push(message.headers);
    server.on('request', listener);
    await through(proxy.port, home('/'), basic(proxy.admit().credentials), hop);
    server.off('request', listener);
    const names = Object.keys(raw[0] ?? {});
    expect(names.filter(name => name.startsWith('proxy') || ['te', 'upgrade', 'keep-alive'].includes(name))).toEqual(
      [],
    );
    expect(names).toContain('x-kept');
    await proxy.close();
  });

  test('stops a job with too much traffic', async () => {
    const proxy = await openEgressProxy(options());
    const traffic = proxy.admit();
    let exceeded = 0;
    traffic.limit(50_000, () => exceeded++);
    await through(proxy.port, home('/large'), basic(traffic.credentials)).catch(() => {});
    expect(exceeded).toBe(1);
    await proxy.close();
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
