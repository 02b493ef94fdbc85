import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { EventSource } from 'eventsource';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '../../../doubles/harness.ts';
import { someJob } from '../../../doubles/samples.ts';
import { DiskSpace } from '../../../server/disk-space.ts';
import { type EventStreams, makeEventStreams } from '../../../server/event-streams.ts';
import { serve } from '../../../server/gateway.ts';
import { ClientError, PlatenClient, type PlatenEvent } from '../../../shared/client.ts';
import { keyDigest } from '../../../shared/core/usecases/accounts/authenticate.ts';
import { configureLog } from '../../../shared/telemetry/log.ts';
import { company, key, openWorld, otherKey, printOnlyKey, type World } from '../world.ts';

const keepMilliseconds = 40;

let world: World;
let streams: EventStreams;
let server: Server | undefined;
let origin: string;
/** Set by a test whose proxy does not let streams through. */
let isStreamBlocked: boolean;

beforeEach(async () => {
  world = await openWorld();
  isStreamBlocked = false;
  await start(0);
});
afterEach(async () => {
  await stop();
  await world.close();
});

async function start(port: number): Promise<void> {
  streams = makeEventStreams(world.ports, keepMilliseconds);
  server = createServer(async (request, response) => {
    if (isStreamBlocked && request.url?.includes('/stream?')) return response.writeHead(502).end();
    if (!(await streams.handle(request, response)))
      await serve(request, response, new DiskSpace(tmpdir(), world.ports));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Ends every connection at once, as a crash does. */
async function stop(): Promise<void> {
  const closed = server && once(server, 'close');
  server?.close();
  server?.closeAllConnections();
  streams.close();
  await closed;
  server = undefined;
}

async function makeJob(): Promise<string> {
  const job = someJob(company);
  await world.ports.jobs.create([job]);
  return job.id;
}

const open = (query = '', secret = key, headers: Record<string, string> = {}) =>
  fetch(`${origin}/platen/v1/events/stream${query}`, { headers: { authorization: `Bearer ${secret}`, ...headers } });

/** Reads a stream until a text is in it. */
async function readUntil(answer: Response, part: string | RegExp): Promise<string> {
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  for (let text = ''; ; ) {
    if (typeof part === 'string' ? text.includes(part) : part.test(text)) return text;
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) throw new Error(`The stream ended: ${text}`);
    text += decoder.decode(value);
  }
}

async function isEnded(answer: Response): Promise<boolean> {
  for await (const _piece of answer.body ?? []);
  return true;
}

const newest = async () => (await world.ports.events.range(company)).newest;
const urlOf = async (body: object = {}) => {
  const asked = { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } };
  const answer = await fetch(`${origin}/platen/v1/events/streams`, { ...asked, body: JSON.stringify(body) });
  return (await answer.json()) as { url: string; expiresAt: string };
};

describe('the stream of events', () => {
  it('sends what happens from now on, one line of JSON each, and shows that it is alive', async () => {
    const answer = await open();
    const id = await makeJob();
    const number = await newest();
    const text = await readUntil(answer, ': keep\n\n');

    expect([answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      'text/event-stream',
      'no-store',
    ]);
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    expect(text).toMatch(/^retry: 250\n\nid: \d+\n\n/);
    const [, sequence, data = ''] = /id: (\d+)\ndata: (.*)\n\n/.exec(text) ?? [];
    expect(sequence).toBe(String(number));
    expect(JSON.parse(data)).toMatchObject({ type: 'job.created', subject: id, sequence: number });
  });

  it('goes on after `after`, and before it after Last-Event-ID', async () => {
    const first = await readUntil(await open('?after=0'), 'id: 1\n');
    const second = await readUntil(await open('?after=0&types=printer.*', key, { 'last-event-id': '2' }), 'id: 3\n');

    expect(first).toContain('id: 1\ndata: {"id":"evt_');
    expect(second).not.toMatch(/id: [12]\ndata/);
  });

  it('moves the position past what a filter leaves out', async () => {
    const answer = await open('?types=relay.*');
    await makeJob();

    expect(await readUntil(answer, new RegExp(`id: ${await newest()}\n\n: keep`))).not.toContain('data:');
  });

  it('names messages by their type on demand', async () => {
    expect(await readUntil(await open('?after=0&named=1'), 'data:')).toMatch(/id: 1\nevent: printer.created\ndata:/);
  });

  it('says which events are gone, and goes on with the oldest', async () => {
    expect(await readUntil(await open(`?after=${(await newest()) + 5}`), 'id: 1\n')).toContain(
      'event: gone\ndata: {"oldest":1}\n\nid: 0\n\n',
    );
  });

  it('hides what the key may not see', async () => {
    const own = await readUntil(await open('?after=0'), ': keep');
    const printing = await readUntil(await open('?after=0', printOnlyKey), ': keep');

    expect(own).toContain('relay.enrolled');
    expect(printing).not.toContain('relay.enrolled');
  });

  it('ends when its key is revoked, and refuses it from then on', async () => {
    const answer = await open();
    await world.ports.registry.deleteKey(keyDigest(key));

    expect(await isEnded(answer)).toBe(true);
    expect((await open()).status).toBe(401);
  });

  it('ends when the server stops', async () => {
    const answer = await open();

    streams.close();

    expect(await isEnded(answer)).toBe(true);
  });

  it('takes at most 20 of a company, and one more after one has ended', async () => {
    const held = new AbortController();
    const headers = { authorization: `Bearer ${key}` };
    await fetch(`${origin}/platen/v1/events/stream`, { headers, signal: held.signal });
    for (let count = 1; count < 20; count++) await open();

    const refused = await open();
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([429, 'busy']);
    expect((await open('', otherKey)).status).toBe(200);
    held.abort();
    await eventually(async () => expect((await open()).status).toBe(200));
  });

  it.each([
    ['before it began', 'range'],
    ['later', 'waitFor'],
  ] as const)('that fails for a fault of the server %s is logged', async (when, operation) => {
    const lines: object[] = [];
    const undo = configureLog({ format: 'json', write: line => lines.push(JSON.parse(line)) });
    const failing = vi.spyOn(world.ports.events, operation).mockRejectedValue(new Error('The database is locked.'));

    const answer = await open();
    const text = await answer.text();

    expect(answer.status).toBe(when === 'later' ? 200 : 500);
    if (when !== 'later') expect(JSON.parse(text)).toMatchObject({ code: 'internal', detail: 'The stream failed.' });
    expect(lines).toMatchObject([
      { level: 'error', event: 'stream-failed', error: { message: expect.stringContaining('locked') } },
    ]);
    failing.mockRestore();
    undo();
  });

  it('can be read by pages of any origin', async () => {
    const answer = await open('', key, { origin: 'https://shop.example' });

    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('is for GET only', async () => {
    const headers = { authorization: `Bearer ${key}` };

    expect((await fetch(`${origin}/platen/v1/events/stream`, { method: 'PUT', headers })).status).toBe(405);
  });

  it.each(['reads on', 'is disconnected'])('waits for a client that reads slowly until it %s', async what => {
    const written: string[] = [];
    const response = Object.assign(new EventEmitter(), {
      writeHead: () => response,
      write: (text: string) => written.push(text) === 0,
      end() {},
    });
    const headers = { authorization: `Bearer ${key}` };
    const request = { method: 'GET', url: '/platen/v1/events/stream?after=0', headers, socket: {} };
    const handled = streams.handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    await eventually(() => expect(written.at(-1)).toContain('id: 1\n'));
    const before = written.length;
    const id = await makeJob();
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(written).toHaveLength(before);

    if (what === 'reads on') {
      response.emit('drain');
      await eventually(() => expect(written.at(-1)).toContain(id));
    }
    response.emit('close');
    expect(await handled).toBe(true);
  });

  it.each(['', '?ticket=x.y', '?after=-1', '?types=job.eaten'])(
    'refuses a request like "%s" as other calls do',
    async query => {
      const answer = await fetch(`${origin}/platen/v1/events/stream${query}`);

      expect(answer.status).toBe(query.startsWith('?a') || query.startsWith('?types') ? 400 : 401);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    },
  );
});

describe('the address of a stream', () => {
  it('shows no key, works without one, and carries the filter', async () => {
    const { url, expiresAt } = await urlOf({ types: ['job.*'] });
    const text = await readUntil(await fetch(`${url}&after=0`), ': keep');
    await makeJob();

    expect(url).not.toContain(key);
    expect(Date.parse(expiresAt) - world.ports.clock.now()).toBe(12 * 60 * 60_000);
    expect(text).not.toContain('printer.created');
    expect(await readUntil(await fetch(`${url}&after=0`), 'data:')).toContain('job.created');
  });

  it('is refused when it was changed, is over, or its key was revoked', async () => {
    const { url } = await urlOf();
    const forged = url.replace(/ticket=(.)/, (_all, first) => `ticket=${first === 'a' ? 'b' : 'a'}`);

    expect((await fetch(forged)).status).toBe(401);
    world.wait(12 * 60 * 60_000 + 1);
    expect((await fetch(url)).status).toBe(401);
    const fresh = await urlOf();
    await world.ports.registry.deleteKey(keyDigest(key));
    expect((await fetch(fresh.url)).status).toBe(401);
  });

  it('gives EventSource each event once, although the server breaks off again and again', async () => {
    const { url } = await urlOf();
    const port = Number(new URL(origin).port);
    const source = new EventSource(url);
    const seen: number[] = [];
    source.onmessage = ({ data }) => seen.push(JSON.parse(data).sequence);
    await once(source, 'open');
    const first = (await newest()) + 1;
    await makeJob();
    await eventually(() => expect(seen).toEqual([first]));
    for (let round = 0; round < 3; round++) {
      await makeJob();
      await stop();
      await makeJob();
      await start(port);
      await makeJob();
    }
    const last = await newest();
    await eventually(() => expect(seen.at(-1)).toBe(last));
    source.close();

    expect(seen).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
  });
});

describe('the stream where answers are collected', () => {
  const ask = (query: string, headers = {}) =>
    world.call({
      method: 'GET',
      path: '/platen/v1/events/stream',
      query,
      headers: { authorization: `Bearer ${key}`, ...headers },
    });

  it('ends as soon as it has an event, and tells where to go on', async () => {
    const timer = setInterval(makeJob, 50);
    const { statusCode, headers, body } = await ask('types=job.*');
    clearInterval(timer);

    expect([statusCode, headers?.['content-type']]).toEqual([200, 'text/event-stream']);
    expect(body).toMatch(/^retry: 250\n\nid: \d+\ndata: {"id":"evt_.*job\.created.*}\n\n(id: \d+\n\n)?$/);
    expect((await ask('', { 'last-event-id': '0' })).body).toContain('id: 1\ndata:');
    expect((await ask('after=9999')).body).toContain('event: gone');
  });
});

describe('client.events()', () => {
  const client = (secret = key) => new PlatenClient({ endpoint: origin, key: secret });

  /** Reads events until there are so many. */
  async function take(events: AsyncIterable<PlatenEvent>, count: number): Promise<PlatenEvent[]> {
    const taken: PlatenEvent[] = [];
    for await (const event of events) if (taken.push(event) === count) break;
    return taken;
  }

  /** Lets the client's pauses pass twenty times as fast. */
  function hurry(): void {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const timer = setInterval(() => vi.advanceTimersByTime(100), 5);
    onTestFinished(() => {
      clearInterval(timer);
      vi.useRealTimers();
    });
  }

  it('yields events in their order, and goes on after breaks without a gap', async () => {
    hurry();
    const port = Number(new URL(origin).port);
    const after = await newest();
    const taking = take(client().events({ after }), 4);
    await makeJob();
    await stop();
    await makeJob();
    await start(port);
    await makeJob();
    await makeJob();

    expect((await taking).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4].map(number => after + number));
  });

  it('begins with what happens from now on', async () => {
    const taking = take(client().events({ types: ['job.*'] }), 1);
    const made = new Set<string>();
    const timer = setInterval(async () => made.add(await makeJob()), 20);
    const [event] = await taking;
    clearInterval(timer);

    expect([...made]).toContain(event?.subject);
  });

  it('asks with long polls when streams fail', async () => {
    hurry();
    isStreamBlocked = true;
    const taking = take(client().events({ after: await newest(), types: ['job.*'] }), 2);
    const ids = [await makeJob(), await makeJob()];

    expect((await taking).map(({ subject }) => subject)).toEqual(ids);
  });

  it('reports that events are gone, and goes on', async () => {
    const gone: number[] = [];
    const [event] = await take(client().events({ after: 999, gone: oldest => gone.push(oldest) }), 1);

    expect([gone, event?.sequence]).toEqual([[1], 1]);
  });

  it('ends with its signal, and throws when the key is refused', async () => {
    const stopped = new AbortController();
    const ending = take(client().events({ signal: stopped.signal }), 1);
    stopped.abort();

    expect(await ending).toEqual([]);
    await expect(take(client('wrong').events({ after: 0 }), 1)).rejects.toThrow(ClientError);
  });

  it('shares one stream between pages of a browser, and the next page takes it over', async () => {
    Object.defineProperty(globalThis, 'document', { value: {}, configurable: true });
    let opened = 0;
    server?.on('request', ({ url }) => {
      if (url?.includes('/events/stream')) opened++;
    });
    try {
      const after = await newest();
      const closing = new AbortController();
      const first = take(client().events({ after, signal: closing.signal }), 100);
      await eventually(() => expect(opened).toBe(1));
      const others = [take(client().events({ after }), 3), take(client().events({ after }), 3)];
      await makeJob();
      await makeJob();
      await new Promise(resolve => setTimeout(resolve, 100));
      expect(opened).toBe(1);
      closing.abort();
      await first;
      await eventually(() => expect(opened).toBe(2));
      await makeJob();

      const numbers = (await Promise.all(others)).map(events => events.map(({ sequence }) => sequence));
      expect(numbers).toEqual([1, 2].map(() => [after + 1, after + 2, after + 3]));
    } finally {
      Reflect.deleteProperty(globalThis, 'document');
    }
  });
});
