import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fetchDocument } from '../../../relay/fetch-document.ts';
import { keyOf } from '../../../relay/held-job.ts';
import { Spool, type Wanted } from '../../../relay/spool.ts';
import type { Ticket } from '../../../shared/protocol/relay-protocol.ts';
import { ticket } from './relay-fixture.ts';

const document = randomBytes(300_000);
const half = 150_000;
const described = { octets: document.length, sha256: createHash('sha256').update(document).digest('hex') };

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A spool, and a server that gives each request the next answer, and the last one again and again. */
async function startSpool(...answers: Answer[]) {
  const folder = await mkdtemp(join(tmpdir(), 'platen-spool-'));
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)] as Answer;
    ranges.push(request.headers.range);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  let asked = 0;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/document`;
  const wanted = want(ticket(1, { ...described, url }));
  // a cloud that answers every third time, each time with an address of its own
  const renew = (one: Wanted) => {
    asked++;
    if (asked % 3 === 0) one.ticket.url = `${url}?${asked}`;
  };
  const spool = new Spool(folder, () => 1, renew);
  return { spool, folder, ranges, server, wanted, asked: () => asked };
}

function want(given: Ticket, signal = new AbortController().signal): Wanted {
  const pause = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds));
  return { key: keyOf(given), ticket: given, signal, pause };
}

const whole: Answer = (_request, response) => void response.end(document);
const refuse: Answer = (_request, response) => void response.writeHead(403).end('expired');
const firstHalf: Answer = (_request, response) => {
  response.writeHead(200, { 'content-length': document.length });
  response.write(document.subarray(0, half), () => response.destroy());
};
const rest: Answer = (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  const range = `bytes ${from}-${document.length - 1}/${document.length}`;
  response.writeHead(206, { 'content-range': range }).end(document.subarray(from));
};

test('brings a document', async () => {
  const { spool, wanted } = await startSpool(whole);

  const failed = await spool.fetch(wanted);

  expect(failed).toBeUndefined();
  expect(await readFile(spool.pathOf(wanted.key))).toEqual(document);
  expect(await spool.has(wanted.key, wanted.ticket)).toBe(true);
});

test.each([
  ['shorter', document.subarray(0, half)],
  ['longer', Buffer.concat([document, Buffer.from('x')])],
  ['another one', Buffer.from(document).fill(0, 10, 20)],
])('does not take a document on disk for the right one that is %s', async (_what, content) => {
  const { spool, wanted } = await startSpool(whole);
  await spool.open(() => false);
  await writeFile(spool.pathOf(wanted.key), content);
  const empty = { octets: 0, sha256: createHash('sha256').digest('hex') };

  expect(await spool.has(wanted.key, wanted.ticket)).toBe(false);
  expect(await spool.has(wanted.key, empty)).toBe(false);
  expect(await spool.has('missing', empty)).toBe(false);
});

test('brings an empty document', async () => {
  const { spool, wanted } = await startSpool((_request, response) => void response.end());
  const empty = { octets: 0, sha256: createHash('sha256').digest('hex') };

  const failed = await spool.fetch(want({ ...wanted.ticket, ...empty }));

  expect(failed).toBeUndefined();
});

test('goes on where a connection broke', async () => {
  const { spool, wanted, ranges } = await startSpool(firstHalf, rest);

  await spool.fetch(wanted);

  expect(await readFile(spool.pathOf(wanted.key))).toEqual(document);
  expect(ranges[0]).toBeUndefined();
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
});

test('begins again where the server cannot go on', async () => {
  const { spool, wanted } = await startSpool(firstHalf, whole);

  await spool.fetch(wanted);

  expect(await readFile(spool.pathOf(wanted.key))).toEqual(document);
});

test('resumes a partial download after a crash', async () => {
  const { spool, folder, wanted, ranges } = await startSpool(rest);
  await writeFile(join(folder, `${wanted.key}.part`), document.subarray(0, half));
  await spool.open(() => false);

  await spool.fetch(wanted);

  expect(await readFile(spool.pathOf(wanted.key))).toEqual(document);
  expect(ranges).toEqual([`bytes=${half}-`]);
});

test('restarts a download that a crash left complete but unnamed', async () => {
  const { spool, folder, wanted } = await startSpool((_request, response) => void response.writeHead(416).end(), whole);
  await writeFile(join(folder, `${wanted.key}.part`), document);

  await spool.fetch(wanted);

  expect(await readFile(spool.pathOf(wanted.key))).toEqual(document);
});

test('takes no more than the rest from a server that goes on', async () => {
  const more: Answer = (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes ${half}-${2 * document.length}/*` });
    response.end(Buffer.concat([document.subarray(half), Buffer.from('x')]));
  };
  const { folder, wanted } = await startSpool(more);
  const path = join(folder, 'part');
  await writeFile(path, document.subarray(0, half));

  const fetching = fetchDocument(wanted.ticket, path, wanted.signal);

  await expect(fetching).rejects.toMatchObject({
    failure: 'wrong-document',
    message: expect.stringContaining('longer'),
  });
  expect(await readFile(path)).toHaveLength(0);
});

const answersOf = (...statuses: number[]) => statuses.map(status => [status, {}] as const);
test.each([
  ...answersOf(204, 206, 304, 408, 429, 500, 503).map(answer => [...answer, 'unreachable'] as const),
  [206, { 'content-range': 'bytes 1-2/3' }, 'unreachable'] as const,
  ...answersOf(400, 403, 404, 410, 416).map(answer => [...answer, 'address-refused'] as const),
])('tells what HTTP %i %o means: %s', async (status, headers, failure) => {
  const { folder, wanted } = await startSpool((_request, response) => void response.writeHead(status, headers).end());

  const fetching = fetchDocument(wanted.ticket, join(folder, 'part'), wanted.signal);

  await expect(fetching).rejects.toMatchObject({ failure });
});

test('does not believe a part that is wrong', async () => {
  const { spool, folder, wanted } = await startSpool(rest, whole);
  await writeFile(join(folder, `${wanted.key}.part`), randomBytes(half));

  await spool.fetch(wanted);

  expect(await readFile(spool.pathOf(wanted.key))).toEqual(document);
});

test('asks for a new ticket when the address is refused, and uses its address', async () => {
  const { spool, wanted, asked, ranges } = await startSpool(refuse, whole);

  const failed = await spool.fetch(wanted);

  expect(failed).toBeUndefined();
  expect(asked()).toBe(3);
  expect(ranges).toHaveLength(2);
});

test('does not count the refusals of one address: its ticket may be late', async () => {
  const { spool, wanted, asked, ranges } = await startSpool(refuse, refuse, refuse, refuse, whole);

  const failed = await spool.fetch(wanted);

  expect(failed).toBeUndefined();
  expect(asked()).toBe(12);
  expect(ranges).toHaveLength(5);
});

const swapped = Buffer.from(document).fill(0, 10, 20);
test.each<[string, string, Answer[]]>([
  ['address-refused', 'is refused again and again', [refuse]],
  ['wrong-document', 'has another digest', [(_request, response) => void response.end(swapped)]],
  ['wrong-document', 'is longer', [(_request, response) => void response.end(Buffer.concat([document, document]))]],
])('gives a document up as %s that %s, and leaves nothing', async (failure, _what, answers) => {
  const { spool, folder, wanted } = await startSpool(...answers);

  const failed = await spool.fetch(wanted);

  expect(failed).toMatchObject({ failure });
  expect(await readdir(folder)).toEqual([]);
});

test.each<[string, Answer]>([
  ['a broken server', (_request, response) => void response.writeHead(503).end()],
  ['a document that stops half-way', (_request, response) => void response.end(document.subarray(0, half))],
  ['a connection that is cut', (_request, response) => void response.destroy()],
])('gets over %s', async (_what, answer) => {
  const { spool, wanted } = await startSpool(answer, answer, answer, answer, answer, whole);

  const failed = await spool.fetch(wanted);

  expect(failed).toBeUndefined();
});

test('leaves a server that is silent for half a minute, before its answer or in it', async () => {
  const { setTimeout } = Socket.prototype;
  const timing = vi.spyOn(Socket.prototype, 'setTimeout').mockImplementation(function (
    this: Socket,
    milliseconds,
    then,
  ) {
    return setTimeout.call(this, milliseconds === 30_000 ? 30 : milliseconds, then);
  });
  onTestFinished(() => timing.mockRestore());
  const halfOnly: Answer = (_request, response) => void response.write(document.subarray(0, half));
  const { spool, wanted, ranges } = await startSpool(() => undefined, halfOnly, rest);

  const failed = await spool.fetch(wanted);

  expect(failed).toBeUndefined();
  expect(await readFile(spool.pathOf(wanted.key))).toEqual(document);
  expect(ranges).toHaveLength(3);
});

test('stops when the job is no longer wanted', async () => {
  const { spool, wanted } = await startSpool(() => undefined);
  const end = new AbortController();

  const fetching = spool.fetch(want(wanted.ticket, end.signal));
  end.abort();

  await expect(fetching).rejects.toThrow();
});

test('four documents are fetched at once, and no more', async () => {
  const open = new Set<ServerResponse>();
  const counts: number[] = [];
  const { spool, wanted } = await startSpool((_request, response) => {
    counts.push(open.add(response).size);
  });

  const jobs = Array.from({ length: 12 }, (_, index) => ({ ...ticket(index), ...described, url: wanted.ticket.url }));
  const fetched = Promise.all(jobs.map(each => spool.fetch(want(each))));
  await expect.poll(() => open.size).toBe(4);
  while (counts.length < 12 || open.size > 0) {
    const [oldest] = open;
    if (oldest) open.delete(oldest);
    oldest?.end(document);
    await new Promise(resolve => setImmediate(resolve));
  }
  await fetched;

  expect(Math.max(...counts)).toBe(4);
});

test('opening deletes files without a job, and partial files older than a day', async () => {
  const { spool, folder } = await startSpool(whole);
  for (const name of ['kept.1', 'stray.1', 'fresh.1.part', 'old.1.part']) await writeFile(join(folder, name), 'x');
  const longAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
  await utimes(join(folder, 'old.1.part'), longAgo, longAgo);

  await spool.open(key => key === 'kept.1');

  expect((await readdir(folder)).toSorted()).toEqual(['fresh.1.part', 'kept.1']);
});
