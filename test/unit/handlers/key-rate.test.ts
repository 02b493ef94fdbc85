import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { DiskSpace } from '../../../server/disk-space.ts';
import { admit } from '../../../server/door.ts';
import { useKeyRate } from '../../../shared/protocol/config.ts';
import { company, key, openWorld, otherKey, type Request, type World } from '../world.ts';

describe('jobs of a company in a day', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    const known = await world.ports.registry.getCompany(company);
    if (known) await world.ports.registry.saveCompany({ ...known, jobsPerDay: 1 });
  });
  afterEach(() => world.close());

  const basic = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
  const print = { contentType: 2, content: 'x' };
  const json = (path: string, headers: Record<string, string>, body: object): Request => ({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  test.each<[dialect: string, request: Request, body: RegExp]>([
    [
      'Platen',
      json('/platen/v1/jobs', { 'x-api-key': key }, { printer: 'office:laser', document: { base64: 'aGVsbG8=' } }),
      /"code":"rate-limited"/,
    ],
    ['ScriptX', json('/api/v1/printHtml/print', { authorization: basic }, print), /1 jobs a day/],
    [
      'PDF.co',
      json('/v1/pdf/convert/from/html', { 'x-api-key': key }, { html: '<p>one', async: true }),
      /"errorCode":429/,
    ],
    [
      'CirrusPrint',
      {
        method: 'PUT',
        path: '/api/putfile',
        query: 'targets=office:laser',
        headers: { authorization: `Bearer ${key}` },
        body: 'hello',
      },
      /^Error: The company may make 1 jobs a day/,
    ],
  ])('are refused until midnight in the words of %s', async (_dialect, request, body) => {
    const first = await world.call(request);
    const second = await world.call(request);

    expect(first.statusCode).toBeLessThan(300);
    expect([second.statusCode, second.body]).toEqual([429, expect.stringMatching(body)]);
    // the world starts at 03:04:05
    expect(Number(second.headers?.['retry-after'])).toBe(24 * 3600 - (3 * 3600 + 4 * 60 + 5));
    world.wait(24 * 3600 * 1000);
    expect((await world.call(request)).statusCode).toBeLessThan(300);
  });
});

describe('requests of one key', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    useKeyRate(1);
  });
  afterEach(async () => {
    useKeyRate(undefined);
    await world.close();
  });

  const list = (by = key): Request => ({
    method: 'GET',
    path: '/platen/v1/printers',
    headers: { authorization: `Bearer ${by}` },
  });
  const statuses = async (request: Request, count: number) => {
    const answers = [];
    for (let sent = 0; sent < count; sent++) answers.push(await world.call(request));
    return answers.map(({ statusCode }) => statusCode);
  };

  it('pass as a burst, then one a second', async () => {
    expect(await statuses(list(), 3)).toEqual([200, 200, 429]);
    world.wait(1000);
    expect(await statuses(list(), 2)).toEqual([200, 429]);
  });

  it('do not count for another key', async () => {
    await statuses(list(), 3);

    expect(await statuses(list(otherKey), 1)).toEqual([200]);
  });

  it('say in their answers how many are left', async () => {
    const answers = [await world.call(list()), await world.call(list()), await world.call(list())];

    expect(answers.map(({ headers }) => headers?.ratelimit)).toEqual([
      '"calls";r=1;t=1',
      '"calls";r=0;t=2',
      '"calls";r=0;t=2',
    ]);
    expect(answers.map(({ headers }) => headers?.['ratelimit-policy'])).toEqual(Array(3).fill('"calls";q=2;w=2'));
    expect(answers[2]?.headers?.['retry-after']).toBe('1');
    expect(JSON.parse(answers[2]?.body as string)).toMatchObject({ status: 429, code: 'rate-limited' });
  });

  it('are announced with the time in which the whole quota comes back', async () => {
    useKeyRate(5);

    expect((await world.call(list())).headers).toMatchObject({
      'ratelimit-policy': '"calls";q=10;w=2',
      ratelimit: '"calls";r=9;t=1',
    });
  });

  it.each(['jobs', 'uploads'])(
    'of clients that ask for one of the %s often are ten times as many, and others pass',
    async of => {
      const often: Request = { ...list(), path: `/platen/v1/${of}/${'0'.repeat(32)}` };

      expect(await statuses(often, 21)).toEqual([...Array(20).fill(404), 429]);
      expect(await statuses(list(), 1)).toEqual([200]);
    },
  );

  const basic = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
  test.each<[dialect: string, request: Request, body: RegExp]>([
    ['ScriptX', { method: 'GET', path: '/api/v1/printHtml/status/1', headers: { authorization: basic } }, /^This key/],
    ['PDF.co', { method: 'GET', path: '/v1/account/credit/balance', headers: { 'x-api-key': key } }, /"errorCode":429/],
    [
      'CirrusPrint',
      { method: 'GET', path: '/api/get/location/acme/office', headers: { authorization: `Bearer ${key}` } },
      /^Error: This key/,
    ],
  ])('are refused in the words of %s', async (_dialect, request, body) => {
    await statuses(request, 20);
    const refused = await world.call(request);

    expect([refused.statusCode, refused.headers?.['retry-after'], refused.headers?.ratelimit]).toEqual([
      429,
      '1',
      undefined,
    ]);
    expect(refused.body).toMatch(body);
  });

  it('are refused before their body is read', async () => {
    const disk = { refusal: async () => undefined, refusalOf: async () => undefined } as unknown as DiskSpace;
    const request = {
      method: 'POST',
      url: '/platen/v1/jobs',
      headers: { authorization: `Bearer ${key}` },
    } as unknown as IncomingMessage;
    const before = await admit(request, world.ports, disk);
    await statuses(list(), 2);

    expect(before).toMatchObject({ octetsAtMost: expect.any(Number) });
    expect(await admit(request, world.ports, disk)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  });

  it('have no limit unless one is set', async () => {
    useKeyRate(undefined);

    expect(await statuses(list(), 50)).toEqual(Array(50).fill(200));
    expect((await world.call(list())).headers).not.toHaveProperty('ratelimit');
  });
});
