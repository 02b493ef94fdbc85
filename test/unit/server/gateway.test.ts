import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../../doubles/harness.ts';
import { type ListeningServer, startServer } from '../../../doubles/listening-server.ts';
import type { DiskSpace } from '../../../server/disk-space.ts';
import { announcesTooMuch, serve } from '../../../server/gateway.ts';
import { wrongKeysAtMost } from '../../../server/key-brake.ts';
import { useApp } from '../../../shared/adapters/embedded/app.ts';
import { gatewayLimits } from '../../../shared/protocol/service-table.ts';
import { configureLog } from '../../../shared/telemetry/log.ts';
import { key, openWorld, type World } from '../world.ts';
// the server loads a function at its first request, which takes seconds on a busy machine
import '../../../functions/convert.ts';
import '../../../functions/job-check.ts';
import '../../../functions/print.ts';
import '../../../functions/printers.ts';
import '../../../functions/relay.ts';
import '../../../functions/upload.ts';
import '../../../functions/webhooks.ts';

const roomy = { refusal: async () => undefined, refusalOf: async () => undefined } as unknown as DiskSpace;
const bearer = { authorization: `Bearer ${key}` };

let world: World;
let server: ListeningServer;
/** the request that came last */
let latest: IncomingMessage | undefined;
let lines: Record<string, unknown>[];
let undo: () => void;
beforeAll(async () => {
  world = await openWorld();
  server = await startServer((request, response) => {
    latest = request;
    return serve(request, response, roomy);
  });
});
beforeEach(() => {
  lines = [];
  undo = configureLog({ format: 'json', write: line => lines.push(JSON.parse(line)) });
});
afterEach(() => {
  undo();
  vi.useRealTimers();
  useApp(world.ports);
});
afterAll(async () => {
  await server.close();
  await world.close();
});

const call = (method: string, path: string, headers: Record<string, string> = {}, body?: RequestInit['body']) =>
  fetch(server.endpoint + path, { method, headers, body, ...(body instanceof ReadableStream && { duplex: 'half' }) });

/** Sends the head of a request and what there is of its body, and keeps the connection. */
async function begin(target: string, headers: Record<string, string | number>, body = ''): Promise<Socket> {
  const socket = connect(Number(new URL(server.endpoint).port), '127.0.0.1');
  await once(socket, 'connect');
  latest = undefined;
  const fields = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${target} HTTP/1.1\r\n${fields.join('')}\r\n${body}`);
  return socket;
}

/** What comes until there is a text in it. */
async function untilIn(socket: Socket, part: string): Promise<string> {
  for (let text = ''; ; ) {
    if (text.includes(part)) return text;
    const [octets] = await once(socket, 'data');
    text += octets;
  }
}

/** Resolves when the server waits for more of a body. */
const isBeingRead = () => eventually(() => expect(latest?.listenerCount('readable')).toBe(1));

describe('requests of pages', () => {
  it('are permitted to every origin, with what they may send', async () => {
    const { status, headers } = await call('OPTIONS', '/platen/v1/jobs', { origin: 'https://shop.example' });

    // [RFC 9110 8.6: no Content-Length in a 204]
    expect([status, headers.get('content-length')]).toEqual([204, null]);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-methods')?.split(',')).toContain('PATCH');
    expect(headers.get('access-control-allow-headers')?.split(',')).toContain('authorization');
    expect(headers.get('access-control-max-age')).toBe('600');
  });

  it('can read the answer, and which of its fields', async () => {
    const { status, headers } = await call('GET', '/platen/v1/jobs', { origin: 'https://shop.example' });

    expect([status, headers.get('access-control-allow-origin')]).toEqual([401, '*']);
    expect(headers.get('access-control-expose-headers')?.split(',')).toContain('request-id');
    expect(headers.has('access-control-allow-methods')).toBe(false);
  });

  it('alone have these fields', async () => {
    const { headers } = await call('GET', '/platen/v1/jobs', bearer);

    expect([...headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('a request', () => {
  it('is answered by the function of its route, with its length', async () => {
    const answer = await call('GET', '/platen/v1/printers', bearer);

    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get('content-length'))).toBe((await answer.arrayBuffer()).byteLength);
  });

  it.each([
    ['/platen/v1/relays/none', 'relay', 20],
    ['/platen/v1/webhooks/none', 'webhooks', 25],
    // only the default route knows such forms of a path
    ['/PLATEN/v1/relays/none/', 'print', 29],
  ])('to %s runs as the function %s, for %i seconds at the most', async (path, name, seconds) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const deadline = vi.spyOn(AbortSignal, 'timeout');
    const { status } = await call('DELETE', path, bearer);

    expect([status, deadline.mock.calls]).toEqual([404, [[seconds * 1000 - 1500]]]);
    expect(lines).toMatchObject([{ event: 'request-refused', function: name }]);
    deadline.mockRestore();
  });

  it.each(['/API/Get/Location/acme/office', '/api/get/location/acme/office/'])(
    'finds its route in any letter case and with a slash at the end: %s',
    async path => {
      expect((await call('GET', path, bearer)).status).toBe(200);
    },
  );

  it('of a path that cannot be decoded is malformed', async () => {
    expect((await call('GET', '/api/get/job/acme/%ff', bearer)).status).toBe(400);
  });

  it('is answered although this server has a fault, which is logged', async () => {
    const getKey = async () => Promise.reject(new Error('The database is locked.'));
    useApp({ ...world.ports, registry: Object.assign(Object.create(world.ports.registry), { getKey }) });

    const answer = await call('POST', '/platen/v1/jobs', bearer, '{}');

    expect([answer.status, await answer.json()]).toEqual([500, { message: 'Internal Server Error' }]);
    expect(lines).toMatchObject([{ level: 'error', event: 'gateway-failed' }]);
  });

  it('is answered after thirty seconds at the latest', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = Promise.withResolvers<void>();
    const getKey = () => {
      asked.resolve();
      return new Promise<undefined>(() => {});
    };
    useApp({ ...world.ports, registry: Object.assign(Object.create(world.ports.registry), { getKey }) });

    const answering = call('GET', '/platen/v1/printers', bearer);
    await asked.promise;
    vi.advanceTimersByTime(30_000);

    const answer = await answering;
    expect([answer.status, await answer.json()]).toEqual([503, { message: 'Service Unavailable' }]);
  });
});

describe('a body', () => {
  const octets = randomBytes(300_000);

  it.each([
    ['as a whole', () => octets],
    ['in chunks', () => new Blob([octets]).stream()],
  ])('that is sent %s is stored as it is, and can be read again', async (_how, body) => {
    const put = await call('PUT', '/api/putfile', { ...bearer, 'content-type': 'application/pdf' }, body());
    const answer = await call('GET', `/v1/temp/${await put.text()}/a.pdf`);

    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(octets)).toBe(true);
  });

  it.each([
    ['PUT /api/putfile', bearer, gatewayLimits.bodyOctets, /^Error: .*putsegment/],
    ['POST /platen/v1/relays/enrol', {}, 64 * 1024, /"code":"too-large"/],
    ['POST /v1/pdf/info', {}, gatewayLimits.bodyOctets, /too large/],
  ])('that announces too much is refused in the dialect at once: %s', async (target, headers, octetsAtMost, text) => {
    const socket = await begin(target, { ...headers, 'content-length': octetsAtMost + 1 });

    const [head = '', body = ''] = (await untilIn(socket, '\r\n\r\n')).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 413 .*\r\nconnection: close\r\n/is);
    expect(body).toMatch(text);
    socket.destroy();
  });

  it.each([
    [{}, false],
    [{ 'content-length': `${gatewayLimits.bodyOctets}` }, false],
    [{ 'content-length': `${gatewayLimits.bodyOctets + 1}` }, true],
  ])('with %j is not asked for, because it is too long: %s', (headers, isTooMuch) => {
    expect(announcesTooMuch({ headers } as IncomingMessage)).toBe(isTooMuch);
  });

  it('that is refused is taken in to its end, so that the answer is read', async () => {
    const [limit, more] = [64 * 1024, 1000];
    const socket = await begin('POST /platen/v1/relays/enrol', { 'content-length': limit + more }, 'x'.repeat(limit));
    const answer = await untilIn(socket, 'too-large');
    expect(socket.readyState).toBe('open');

    socket.write('x'.repeat(more));

    await once(socket.resume(), 'close');
    expect(answer).toContain('413');
  });

  it('that is refused and never ends is cut off after half a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const socket = await begin('POST /platen/v1/relays/enrol', { 'content-length': 64 * 1024 + 1 }, 'x');
    await untilIn(socket, 'too-large');

    vi.advanceTimersByTime(30_000);

    await once(socket.resume(), 'close');
  });

  it('that waits to be asked for is not taken in when it is refused', async () => {
    const expecting = { 'content-length': 64 * 1024 + 1, expect: '100-continue' };
    const socket = await begin('POST /platen/v1/relays/enrol', expecting);

    expect(await untilIn(socket, 'too-large')).toContain('413');
    await once(socket.resume(), 'close');
  });

  it.each([
    [64 * 1024, 400],
    [64 * 1024 + 1, 413],
  ])('of an unknown length is taken up to the limit: %i octets', async (length, status) => {
    const body = new Blob(['x'.repeat(length)]).stream();

    expect((await call('POST', '/platen/v1/relays/enrol', {}, body)).status).toBe(status);
  });

  it.each([
    [4_700_000, 200],
    [4_720_000, 413],
  ])('is taken as long as it fits into the event of a function in Base64: %i octets', async (length, status) => {
    expect((await call('PUT', '/api/putfile', bearer, Buffer.alloc(length))).status).toBe(status);
  });

  it('that breaks off is no request, and no failure', async () => {
    const put = vi.spyOn(world.ports.uploads, 'create');
    const socket = await begin('PUT /api/putfile', { ...bearer, 'content-length': 10 }, 'half');
    socket.end();
    await once(socket.resume(), 'close');

    expect([put.mock.calls, lines]).toEqual([[], []]);
    put.mockRestore();
  });

  it('without a key comes within a minute, or not at all', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const socket = await begin('POST /platen/v1/relays/enrol', { 'content-length': 10 }, 'half');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));

    vi.advanceTimersByTime(60_000);

    await once(socket.resume(), 'close');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('with a key may come slowly', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const socket = await begin('PUT /api/putfile', { ...bearer, 'content-length': 10 }, 'half');
    await isBeingRead();

    vi.advanceTimersByTime(3_600_000);
    socket.write('whole.');

    expect(await untilIn(socket, '\r\n\r\n')).toMatch(/^HTTP\/1.1 200/);
    socket.destroy();
  });

  it('waits until others are done when too many without a key are held', async () => {
    const large = { 'content-length': gatewayLimits.bodyOctets };
    const held = [];
    for (let count = 0; count < 3; count++) {
      held.push(await begin('POST /v1/pdf/info', large, '{'));
      await isBeingRead();
    }

    const refused = await untilIn(await begin('POST /v1/pdf/info', large, '{'), '\r\n\r\n');
    expect(refused).toMatch(/^HTTP\/1.1 503 .*\r\nretry-after: 5\r\n.*holds too many requests/is);
    for (const socket of held) socket.destroy();
    await eventually(async () => expect((await call('POST', '/v1/pdf/info', {}, '{}')).status).toBe(401));
    const taken = await begin('POST /v1/pdf/info', large, '{');
    await isBeingRead();
    taken.destroy();
  });
});

describe('an address that shows too many wrong keys', () => {
  it.each([
    ['with', '{}'],
    ['without', undefined],
  ])('is refused for the rest of a minute in requests %s a body, whatever the dialect', async (_with, body) => {
    // an hour of its own: the count is that of this process
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - (body ? 7_200_000 : 3_600_000) });
    const wrong = () => call(body ? 'POST' : 'GET', '/platen/v1/jobs', { authorization: 'Bearer wrong' }, body);
    for (let count = 0; count < wrongKeysAtMost; count++) {
      const { status } = await wrong();
      if (status !== 401) throw new Error(`Key ${count} was answered with ${status}.`);
    }

    const refused = await wrong();

    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await refused.text()).toContain('Too many wrong keys');
    expect((await call('GET', '/platen/v1/jobs', bearer)).status).toBe(200);
    vi.setSystemTime(Date.now() + 60_000);
    expect((await wrong()).status).toBe(401);
  });
});
