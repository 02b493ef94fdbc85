import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventPoster } from '../../../../shared/adapters/web/event-poster.ts';
import { useAllowFetch } from '../../../../shared/protocol/config.ts';

/** A receiver that does what its path says. */
let receiver: Server;
let origin: string;
let seen: { path: string; headers: Record<string, unknown>; body: string }[] = [];

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    seen.push({ path: request.url ?? '', headers: request.headers, body });
    switch (request.url) {
      case '/redirect':
        return response.writeHead(307, { location: `${origin}/elsewhere` }).end();
      case '/busy':
        return response.writeHead(429, { 'retry-after': '17' }).end('slow down');
      case '/busy-until':
        return response.writeHead(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }).end();
      case '/busy-for-no-time':
        return response.writeHead(503, { 'retry-after': new Date(Date.now() - 60_000).toUTCString() }).end();
      case '/busy-for-some-time':
        return response.writeHead(503, { 'retry-after': 'some time' }).end();
      case '/slow':
        return response.writeHead(200).write('slowly');
      case '/breaks':
        response.writeHead(200, { 'content-length': '1000' }).write('part');
        return setTimeout(() => response.destroy(), 20);
      case '/large':
        return response.writeHead(200).end('x'.repeat(5_000_000));
      case '/refuses':
        return request.socket.destroy();
      default:
        return response.writeHead(200).end('thanks');
    }
  });
  await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  useAllowFetch(['127.0.0.1']);
});
afterEach(() => {
  seen = [];
});
afterAll(() => {
  useAllowFetch(undefined);
  receiver.closeAllConnections();
  receiver.close();
});

const post = (path: string) => eventPoster.post(origin + path, { 'webhook-id': 'evt_1' }, '{"a":"ü"}');

describe('posting an event', () => {
  it('sends the body and the headers, and reports the answer', async () => {
    const result = await post('/');

    expect(result).toMatchObject({ status: 200, text: 'thanks', milliseconds: expect.any(Number) });
    expect(seen).toMatchObject([
      {
        body: '{"a":"ü"}',
        headers: { 'content-type': 'application/json', 'webhook-id': 'evt_1', 'content-length': '10' },
      },
    ]);
    // what comes back is shown as it is, and not decompressed
    expect(seen[0]?.headers['accept-encoding']).toBe('identity');
    expect(seen[0]?.headers['user-agent']).toMatch(/^Platen\/\d/);
  });

  it('does not follow a redirect', async () => {
    expect((await post('/redirect')).status).toBe(307);
    expect(seen.map(({ path }) => path)).toEqual(['/redirect']);
  });

  it('reads when to come back', async () => {
    expect(await post('/busy')).toMatchObject({ status: 429, retryAfterMilliseconds: 17_000, text: 'slow down' });
    const { retryAfterMilliseconds = 0 } = await post('/busy-until');
    expect(Math.abs(retryAfterMilliseconds - 60_000)).toBeLessThan(10_000);
    expect(await post('/busy-for-no-time')).toMatchObject({ status: 503, retryAfterMilliseconds: 0 });
    expect(await post('/busy-for-some-time')).not.toHaveProperty('retryAfterMilliseconds');
    expect(await post('/')).not.toHaveProperty('retryAfterMilliseconds');
  });

  it('reads the beginning of an answer for a second at most, and closes the connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const closed = once(receiver, 'request').then(([, response]) => once(response, 'close'));
    const posting = post('/slow');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1), { interval: 1 });

    vi.advanceTimersByTime(1000);

    expect(await posting).toMatchObject({ status: 200 });
    await closed;
  });

  it('leaves no connection behind, and no timer', async () => {
    const closed = once(receiver, 'request').then(([, response]) => once(response, 'close'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());

    await post('/large');

    await closed;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not take a fault of its own for one of the receiver', async () => {
    await expect(eventPoster.post(`${origin}/`, { 'no header': 'x' }, '{}')).rejects.toThrow(TypeError);
  });

  it('goes by the status when the body breaks off, and reads a kilobyte of it at most', async () => {
    expect(await post('/breaks')).toMatchObject({ status: 200, text: 'part' });
    expect((await post('/large')).text).toBe('x'.repeat(1024));
  });

  it('reports a receiver that does not answer', async () => {
    expect(await post('/refuses')).toMatchObject({ error: expect.stringContaining('does not answer'), text: '' });
  });
});

describe('the address of a webhook', () => {
  it.each(['https://erp.example/hook', 'https://erp.example:8443/hook', 'http://127.0.0.1:9000/hook'])(
    'may be %s',
    url => {
      expect(() => eventPoster.check(url)).not.toThrow();
    },
  );

  it.each([
    ['http://intranet/hook', 'intranet:80', true],
    ['http://intranet:81/hook', 'intranet:80', false],
    ['http://intranet/hook', 'intranet:443', false],
    ['https://10.0.0.1/hook', '10.0.0.1:443', true],
  ])('%s may be allowed by %s: %s', (url, allowed, isAllowed) => {
    useAllowFetch([allowed]);
    onTestFinished(() => useAllowFetch(['127.0.0.1']));
    const checking = expect(() => eventPoster.check(url));

    if (isAllowed) checking.not.toThrow();
    else checking.toThrow('https');
  });

  it.each([
    ['http://erp.example/hook', 'https'],
    ['ftp://erp.example/', 'https'],
    ['https://user:pass@erp.example/', 'user name'],
    ['https://erp.example:22/', 'port 22'],
    ['https://10.1.2.3/', 'private'],
    ['https://[::1]/', 'private'],
    ['https://169.254.169.254/', 'private'],
    ['https://2130706434/', 'private'],
    [`https://erp.example/${'x'.repeat(2000)}`, '2000 characters'],
    ['no address', 'address'],
  ])('may not be %s', (url, named) => {
    expect(() => eventPoster.check(url)).toThrow(named);
  });

  it.each(['https://127.1:9/', 'https://0x7f000002/', 'https://localtest.invalid/'])(
    'is refused at each try when it turns out to be private or unknown: %s',
    async url => {
      useAllowFetch([]);
      const { status, error } = await eventPoster.post(url, {}, '{}');
      useAllowFetch(['127.0.0.1']);

      expect([status, error]).toEqual([undefined, expect.stringMatching(/private|not known/)]);
      expect(seen).toEqual([]);
    },
  );
});
