import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../../doubles/harness.ts';
import { type ListeningServer, startServer } from '../../../../doubles/listening-server.ts';
import { credentialCheckUrl, type EgressProxy, openEgressProxy } from '../../../../shared/adapters/web/egress-proxy.ts';
import type { TrafficMeter } from '../../../../shared/adapters/web/traffic-meter.ts';

let site: ListeningServer;
let sitePort: string;
let seen: { message: IncomingMessage; response: ServerResponse; body: string }[];
let proxy: EgressProxy;
let traffic: TrafficMeter;

beforeAll(async () => {
  site = await startServer(async (message, response) => {
    const one = { message, response, body: '' };
    seen.push(one);
    for await (const piece of message) one.body += piece;
    if (message.url === '/silent') return;
    if (message.url === '/large') return response.end(Buffer.alloc(200_000));
    response.writeHead(404, { 'x-kept': 'yes', 'keep-alive': 'timeout=9', 'proxy-authenticate': 'Basic' }).write('a');
    if (message.url !== '/open') response.end('b');
  });
  sitePort = new URL(site.endpoint).port;
});
afterAll(() => site.close());
beforeEach(async () => {
  seen = [];
  const resolve = async (host: string) => [{ address: host === 'home.example' ? '127.0.0.1' : '10.1.1.1', family: 4 }];
  proxy = await openEgressProxy({ allowFetch: [`home.example:${sitePort}`, 'home.example:9'], resolve });
  traffic = proxy.admit();
});
afterEach(() => proxy.close());

const home = (path: string) => `http://home.example:${sitePort}${path}`;
const basic = (pair: { username: string; password: string }) =>
  `Basic ${Buffer.from(`${pair.username}:${pair.password}`).toString('base64')}`;
const failures = () => traffic.failures.map(({ url, error }) => [url, error.code]);

/** Sends a request through the proxy, as the job whose traffic it is. */
async function send(url: string, { method = 'GET', headers = {}, body = '', by = traffic.credentials } = {}) {
  const own = { 'proxy-authorization': basic(by), host: `home.example:${sitePort}` };
  const outgoing = request({ port: proxy.port, path: url, method, headers: { ...headers, ...own }, agent: false });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

async function fetched(...asked: Parameters<typeof send>) {
  const response = await send(...asked);
  const text = String(Buffer.concat(await response.toArray()));
  return { status: response.statusCode, headers: response.headers, text };
}

/** Asks for a tunnel. Returns the connection, and the head of the answer. */
async function tunnel(target: string, by = traffic.credentials): Promise<[Socket, string]> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write(`CONNECT ${target} HTTP/1.1\r\nProxy-Authorization: ${basic(by)}\r\n\r\n`);
  const [head] = await once(socket, 'data');
  return [socket, String(head)];
}

const none = { username: '', password: '' };
const wrong = () => [none, { ...traffic.credentials, password: 'x' }, { ...traffic.credentials, username: 'x' }];

test('a request without credentials is challenged, and so is one of a job that has ended', async () => {
  const challenged = { status: 407, headers: { 'proxy-authenticate': 'Basic realm="platen"' } };

  for (const by of wrong()) expect(await fetched(home('/'), { by })).toMatchObject(challenged);
  expect(seen).toEqual([]);
  expect(await fetched(home('/'))).toMatchObject({ status: 404 });
  traffic.close();
  expect(await fetched(home('/'))).toMatchObject(challenged);
});

test('a tunnel without credentials is challenged, too', async () => {
  for (const by of wrong()) {
    const [socket, head] = await tunnel(`home.example:${sitePort}`, by);

    expect(head).toMatch(/^HTTP\/1.1 407 .*\r\nProxy-Authenticate: Basic realm="platen"\r\nContent-Length: 0\r\n\r\n$/);
    await once(socket, 'close');
  }
});

test('the check of credentials is answered here', async () => {
  expect(await fetched(credentialCheckUrl)).toMatchObject({ status: 204 });
  expect(await fetched(credentialCheckUrl, { by: none })).toMatchObject({ status: 407 });
  expect(failures()).toEqual([]);
});

test('a request is repeated, and its answer, but for what is of one connection', async () => {
  const headers = { te: 'trailers', upgrade: 'h2c', 'keep-alive': 'timeout=5', 'x-kept': 'yes' };
  const answer = await fetched(home('/a?b=c'), { method: 'PUT', headers, body: 'sent' });

  expect(seen).toMatchObject([{ message: { method: 'PUT', url: '/a?b=c' }, body: 'sent' }]);
  expect(answer).toMatchObject({ status: 404, text: 'ab', headers: { 'x-kept': 'yes' } });
  expect(answer.headers['keep-alive']).not.toBe('timeout=9');
  for (const kept of [answer.headers, seen[0]?.message.headers ?? {}]) {
    expect(Object.keys(kept).filter(name => name.startsWith('proxy-'))).toEqual([]);
    expect(kept).toMatchObject({ 'x-kept': 'yes' });
  }
  for (const name of ['te', 'upgrade', 'keep-alive']) expect(seen[0]?.message.headers).not.toHaveProperty(name);
});

test.each([
  ['http://private.example/x', 'forbidden-address'],
  ['https://home.example/x', 'forbidden-address'],
  ['/x', 'forbidden-address'],
  ['http://home.example:9/x', 'not-reachable'],
])('a request for %s is answered with nothing, and the job notes why: %s', async (url, code) => {
  expect(await fetched(url)).toMatchObject({ status: 403, text: '' });
  expect(failures()).toEqual([[url, code]]);
  expect(seen).toEqual([]);
});

test.each([
  ['private.example:443', 'forbidden-address'],
  ['home.example:9', 'not-reachable'],
  ['home.example', 'bad-request'],
  [':443', 'bad-request'],
])('a tunnel to %s is refused, and the job notes why: %s', async (target, code) => {
  const [socket, head] = await tunnel(target);

  expect(head).toBe('HTTP/1.1 403 Refused\r\nContent-Length: 0\r\n\r\n');
  expect(failures()).toEqual([[`https://${target}`, code]]);
  await once(socket, 'close');
});

test('a tunnel carries octets in both directions, and ends with its other end', async () => {
  const [socket, head] = await tunnel(`home.example:${sitePort}`);
  socket.write('GET /open HTTP/1.1\r\nHost: home.example\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect([head, String(answer)]).toEqual(['HTTP/1.1 200 Connected\r\n\r\n', expect.stringMatching(/^HTTP\/1.1 404/)]);

  seen[0]?.response.destroy();

  await once(socket.resume(), 'close');
  expect(failures()).toEqual([]);
});

test.each(['a request', 'a tunnel'])('%s that the browser drops is dropped, and no failure', async way => {
  const client = way === 'a tunnel' ? (await tunnel(`home.example:${sitePort}`))[0] : undefined;
  client?.write('GET /open HTTP/1.1\r\nHost: home.example\r\n\r\n');
  const dropped = client ?? (await send(home('/open')));
  const arrived = await eventually(() => {
    expect(seen).toHaveLength(1);
    return seen[0];
  });

  dropped.destroy();

  if (!arrived?.response.closed) await once(arrived?.response as ServerResponse, 'close');
  expect(failures()).toEqual([]);
});

test('a request that the browser drops before its answer is no failure', async () => {
  const outgoing = request({
    ...{ port: proxy.port, path: home('/silent'), agent: false },
    headers: { 'proxy-authorization': basic(traffic.credentials), host: 'home.example' },
  }).on('error', () => {});
  outgoing.end();
  await eventually(() => expect(seen).toHaveLength(1));
  const response = seen[0]?.response as ServerResponse;

  outgoing.destroy();

  await once(response, 'close');
  await fetched(home('/'));
  expect(failures()).toEqual([]);
});

test('a tunnel that the browser resets is dropped', async () => {
  const [socket] = await tunnel(`home.example:${sitePort}`);
  socket.write('GET /open HTTP/1.1\r\nHost: home.example\r\n\r\n');
  await once(socket, 'data');

  socket.resetAndDestroy();

  await once(seen[0]?.response as ServerResponse, 'close');
});

test('an answer that breaks off breaks off for the browser', async () => {
  const answer = await send(home('/open'));
  seen[0]?.response.destroy();

  await expect(answer.toArray()).rejects.toThrow('aborted');
});

test.each(['a request', 'a tunnel'])(
  '%s counts in the traffic of its job, and is cut when it is too much',
  async way => {
    let exceeded = 0;
    traffic.limit(50_000, () => exceeded++);
    if (way === 'a tunnel') {
      const [socket] = await tunnel(`home.example:${sitePort}`);
      socket.write('GET /large HTTP/1.1\r\nHost: home.example\r\n\r\n');
      await once(socket.resume(), 'close');
    } else await expect(fetched(home('/large'))).rejects.toThrow();

    expect(exceeded).toBe(1);
  },
);

test('the end of a job, and of the proxy, cuts what is open', async () => {
  const [first] = await tunnel(`home.example:${sitePort}`);
  traffic.close();
  await once(first.resume(), 'close');
  const other = proxy.admit();
  const [second] = await tunnel(`home.example:${sitePort}`, other.credentials);

  await proxy.close();

  if (!second.closed) await once(second.resume(), 'close');
  expect(seen).toEqual([]);
});

test('the end of the proxy closes connections that ask for nothing', async () => {
  const idle = connect(proxy.port, '127.0.0.1');
  await once(idle, 'connect');
  const closed = once(idle.resume(), 'close');

  await proxy.close();

  await closed;
});
