import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientError, PlatenClient } from '../../../client/index.ts';
import { md5 } from '../../../client/md5.ts';
import { ScriptedService, whileTimePasses } from './scripted-service.ts';

let service: ScriptedService;
let client: PlatenClient;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  service = new ScriptedService();
  vi.stubGlobal('fetch', service.fetch);
  client = new PlatenClient({ endpoint: 'https://print.test/', key: 'k' });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const bytes = randomBytes(95);
const document = new Blob([bytes]);
const sha256 = createHash('sha256').update(bytes).digest('hex');
/** With a digest even a small document goes up in parts. */
const upload = (options = {}) => whileTimePasses(client.upload(document, { sha256, ...options }));
const isPart = (path: string) => path.startsWith('/part/');

describe('an upload in parts', () => {
  it('shows the key to the service and not to the store', async () => {
    const seen: number[] = [];

    const id = await upload({ name: 'a.pdf', progress: (sent: number) => seen.push(sent) });

    expect(id).toBe('u1');
    expect(service.document).toEqual(bytes);
    expect(service.isCompleted).toBe(true);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(95);
    for (const { path, headers } of service.seen) {
      expect(headers.authorization).toBe(isPart(path) ? undefined : 'Bearer k');
    }
  });

  it.each(['refused', 'lost', { status: 429 }, { status: 503 }, { status: 502 }, { status: 408 }] as const)(
    'survives that each request is %j once',
    async trouble => {
      service.onTheWay = (_request, count) => (count === 1 ? trouble : undefined);

      await upload();

      expect(service.document).toEqual(bytes);
      expect(service.isCompleted).toBe(true);
    },
  );

  it('survives four minutes without a network', async () => {
    const back = Date.now() + 4 * 60_000;
    service.onTheWay = () => (Date.now() < back ? 'refused' : undefined);

    await upload();

    expect(service.document).toEqual(bytes);
  });

  it('fails when nothing came through for as long as it may be patient', async () => {
    service.onTheWay = () => 'refused';
    const startedAt = Date.now();

    await expect(upload()).rejects.toThrow('fetch failed');

    expect(Date.now() - startedAt).toBeGreaterThan(5 * 60_000);
    expect(Date.now() - startedAt).toBeLessThan(6 * 60_000);
  });

  it('sends a part that hangs again, within a minute', async () => {
    service.onTheWay = ({ path }, count) => (path.endsWith('/2') && count === 1 ? 'hangs' : undefined);
    const startedAt = Date.now();

    await upload();

    expect(service.document).toEqual(bytes);
    expect(Date.now() - startedAt).toBeLessThan(60_000);
  });

  it('waits as long as Retry-After says, in seconds or as a date', async () => {
    const until = new Date(Date.now() + 90_000).toUTCString();
    const asked = ['30', until];
    service.onTheWay = ({ path }) => {
      const retryAfter = path.endsWith('/complete') ? asked.shift() : undefined;
      return retryAfter ? { status: 503, headers: { 'retry-after': retryAfter } } : undefined;
    };
    const startedAt = Date.now();

    await upload();

    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(89_000);
  });

  it('does not wait longer than its patience when Retry-After says so', async () => {
    service.onTheWay = ({ path }) =>
      path.endsWith('/complete') ? { status: 429, headers: { 'retry-after': '75600' } } : undefined;
    const startedAt = Date.now();

    await expect(upload()).rejects.toMatchObject({ status: 429 });
    expect(Date.now() - startedAt).toBeLessThan(60_000);
  });

  it('asks for fresh addresses when those at hand are too old', async () => {
    service.onTheWay = ({ path }) => {
      if (path === '/part/0/6') service.generation = 1;
      return undefined;
    };

    await upload();

    expect(service.document).toEqual(bytes);
    expect(service.count('PUT', '/part/1/')).toBeGreaterThan(0);
  });

  it('is refused when each address is refused, without end', async () => {
    service.onTheWay = ({ path }) => (isPart(path) ? { status: 403 } : undefined);

    await expect(upload()).rejects.toMatchObject({ status: 403 });
  });

  it('is refused when parts are accepted on the way and never arrive; progress says no more than the size', async () => {
    service.onTheWay = ({ path }) => (isPart(path) ? { status: 200 } : undefined);
    const seen: number[] = [];

    await expect(upload({ progress: (sent: number) => seen.push(sent) })).rejects.toMatchObject({ code: 'parts-lost' });

    expect(Math.max(...seen)).toBeLessThanOrEqual(95);
  });

  it('ends with the first part that is refused permanently: nothing is sent or reported after that', async () => {
    service.onTheWay = ({ path }) => (path.endsWith('/2') ? { status: 413 } : undefined);
    const seen: number[] = [];

    await expect(upload({ progress: (sent: number) => seen.push(sent) })).rejects.toMatchObject({ status: 413 });

    const [requests, reports] = [service.seen.length, seen.length];
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(600_000);
    expect([service.seen.length, seen.length]).toEqual([requests, reports]);
    expect(service.isCompleted).toBe(false);
  });

  it('gives a fault of the server three attempts', async () => {
    service.onTheWay = ({ path }) => (path.endsWith('/complete') ? { status: 500 } : undefined);

    await expect(upload()).rejects.toMatchObject({ status: 500 });

    expect(service.count('POST', '/complete')).toBe(3);
  });

  it('continues with the same document and sends what is missing only', async () => {
    service.onTheWay = ({ path }) => (path.endsWith('/9') ? { status: 413 } : undefined);
    await expect(upload()).rejects.toThrow();
    service.onTheWay = () => undefined;
    const before = service.seen.filter(({ path }) => isPart(path)).length;

    await upload({ resume: 'u1' });

    expect(service.document).toEqual(bytes);
    expect(service.seen.filter(({ path }) => isPart(path)).length - before).toBeLessThan(10);
  });

  it('does not continue with a document of the same size and other contents', async () => {
    service.onTheWay = ({ path }) => (path.endsWith('/9') ? { status: 413 } : undefined);
    await expect(upload()).rejects.toThrow();
    service.onTheWay = () => undefined;

    const other = client.upload(new Blob([randomBytes(95)]), { resume: 'u1' });

    await expect(whileTimePasses(other)).rejects.toMatchObject({ code: 'other-content' });
    expect(service.isCompleted).toBe(false);
  });

  it.each([
    ['opening', (path: string) => path.endsWith('/uploads')],
    ['a part', (path: string) => path.endsWith('/3')],
    ['listing', (path: string) => path.endsWith('/uploads/u1')],
    ['completing', (path: string) => path.endsWith('/complete')],
  ])('ends at once when it is aborted while %s hangs, or is tried again', async (_step, isThere) => {
    for (const trouble of ['hangs', 'refused'] as const) {
      const stop = new AbortController();
      service = new ScriptedService();
      vi.stubGlobal('fetch', service.fetch);
      service.onTheWay = ({ path }) => {
        if (!isThere(path)) return undefined;
        setImmediate(() => stop.abort(new Error('stopped')));
        return trouble;
      };
      const startedAt = Date.now();

      await expect(upload({ signal: stop.signal })).rejects.toThrow('stopped');

      expect(Date.now() - startedAt).toBeLessThan(1000);
    }
  });
});

describe('print', () => {
  it('prints once when its answer is lost', async () => {
    service.onTheWay = (_request, count) => (count === 1 ? 'lost' : undefined);

    const [job] = await whileTimePasses(client.print('u1', ['office:folder'], { name: 'once' }));

    expect(service.jobs.size).toBe(1);
    expect(job).toMatchObject({ name: 'once', printers: ['office:folder'] });
  });

  it('prints once under a key of the caller, and again without one', async () => {
    for (const idempotencyKey of ['order-1', 'order-1', undefined, undefined]) {
      await client.print('u1', ['office:folder'], { idempotencyKey });
    }

    expect(service.jobs.size).toBe(3);
    expect(service.seen.every(({ body }) => !body.toString().includes('order-1'))).toBe(true);
  });
});

it('a refusal has the status, code and words of the service', async () => {
  const refused = client.job('none');

  await expect(refused).rejects.toThrow(
    new ClientError(404, 'not-found', 'Unknown file or upload: it does not exist or has expired.'),
  );
  await expect(refused).rejects.toMatchObject({ status: 404, code: 'not-found' });
});

it('an endpoint that is no URL is refused at once', () => {
  expect(() => new PlatenClient({ endpoint: 'print.test', key: 'k' })).toThrow(TypeError);
});

it.each([0, 1, 55, 56, 63, 64, 65, 1000])('MD5 of %i octets is that of Node', octets => {
  const some = randomBytes(octets);

  expect(md5(some)).toBe(createHash('md5').update(some).digest('hex'));
});
