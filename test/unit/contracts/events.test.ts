import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as answers from '../../../shared/contracts/platen/answers.ts';
import { company, key, openWorld, otherKey, printOnlyKey, relayId, type World } from '../world.ts';

let world: World;
let firstJob: string;
beforeAll(async () => {
  world = await openWorld();
  firstJob = await print();
});
afterAll(() => world.close());

async function print(): Promise<string> {
  const body = JSON.stringify({ printer: 'office:laser', document: { base64: 'JVBERi0xLjQK' } });
  const answer = await ask('POST', '/platen/v1/jobs', key, '', body);
  return answer.json.jobs[0].id;
}

async function ask(method: string, path: string, secret: string, query = '', body?: string) {
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  const { statusCode, body: text = '' } = await world.call({ method, path, query, headers, body });
  return { status: statusCode, json: JSON.parse(text) };
}

const events = (query = 'after=0', secret = key) => ask('GET', '/platen/v1/events', secret, query);
const typesIn = (json: { events: { type: string }[] }) => json.events.map(({ type }) => type);

describe('GET /platen/v1/events', () => {
  it('lists the events of a company in their order, as described', async () => {
    const { status, json } = await events();

    expect(status).toBe(200);
    expect(answers.eventPage.parse(json)).toEqual(json);
    expect(json.events.map(({ sequence }: { sequence: number }) => sequence)).toEqual(
      json.events.map((_event: object, index: number) => index + 1),
    );
    expect(json.events.at(-1)).toMatchObject({
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      type: 'job.created',
      subject: firstJob,
      subjectVersion: 1,
      data: { job: { id: firstJob, state: 'pending' } },
    });
    expect([json.next, json.more]).toEqual([json.events.length, false]);
  });

  it('goes on from `next`, also past what a filter leaves out', async () => {
    const first = await events('after=0&limit=2');
    const rest = await events(`after=${first.json.next}`);
    const jobs = await events('after=0&types=job.*');

    expect([first.json.events.length, first.json.next, first.json.more]).toEqual([2, 2, true]);
    expect(rest.json.events[0].sequence).toBe(3);
    expect(new Set(typesIn(jobs.json))).toEqual(new Set(['job.created']));
    expect(jobs.json.next).toBe(rest.json.next);
  });

  it('gives the newest events without `after`', async () => {
    const all = (await events()).json;
    const { json } = await events('limit=1');

    expect(json).toEqual({ events: all.events.slice(-1), next: all.next, more: false });
  });

  it('answers as soon as an event comes, and at once when there is one', async () => {
    const { next } = (await events()).json;
    const waiting = events(`after=${next}&wait=20&types=job.created`);
    const id = await print();

    expect((await waiting).json.events).toMatchObject([{ subject: id }]);
    expect((await events(`after=0&wait=20&subject=${id}`)).json.events).toHaveLength(1);
  });

  it('shows relays only to a key with the scope admin, and no other company', async () => {
    const own = typesIn((await events()).json);
    const printing = typesIn((await events('after=0', printOnlyKey)).json);
    const rival = (await events('after=0', otherKey)).json;

    expect(own).toContain('relay.enrolled');
    expect(printing).not.toContain('relay.enrolled');
    expect(typesIn((await events('after=0&types=relay.*', printOnlyKey)).json)).toEqual([]);
    expect(JSON.stringify(rival)).not.toContain(firstJob);
  });

  it('says that events are gone when they are', async () => {
    const { oldest, newest } = await world.ports.events.range(company);
    const { status, json } = await events(`after=${newest + 1}`);

    expect(status).toBe(410);
    expect(json).toMatchObject({ code: 'gone', error: { code: 'gone', oldest } });
    expect(answers.problem.parse(json)).toEqual(json);
  });

  it.each([
    ['types=job.eaten', '"types"'],
    ['after=-1', '"after"'],
    ['wait=21', '"wait"'],
    ['limit=0', '"limit"'],
    ['since=4', '"since"'],
  ])('refuses %s and names the parameter', async (query, named) => {
    const { status, json } = await events(query);

    expect(status).toBe(400);
    expect(json.detail).toContain(named);
  });

  it('includes what relays do', async () => {
    await world.ports.registry.putRelay({
      relayId,
      companyId: company,
      locationId: 'office',
      createdAt: 0,
      revoked: true,
    });

    expect((await events('after=0&types=relay.*')).json.events.at(-1)).toMatchObject({
      type: 'relay.revoked',
      data: { relay: { relay: relayId, location: 'office', revoked: true } },
    });
  });
});

describe('GET /platen/v1/events/stream', () => {
  const path = '/platen/v1/events/stream';
  const stream = (query: string, headers: Record<string, string> = { authorization: `Bearer ${key}` }) =>
    world.call({ method: 'GET', path, query, headers });

  it('sends events with their numbers, and tells browsers and proxies how to treat them', async () => {
    const { json } = await events('after=0&limit=2');

    const { statusCode, headers, body } = await stream('after=0&types=printer.created');

    expect(statusCode).toBe(200);
    expect(headers).toEqual({
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
    });
    expect(body).toMatch(/^retry: 250\n\nid: 1\ndata: \{/);
    expect(body).toContain(`id: 1\ndata: ${JSON.stringify(json.events[0])}\n\n`);
    expect(body).not.toContain('event:');
    expect(body).toMatch(new RegExp(`\n\nid: ${(await events()).json.next}\n\n$`));
  });

  it('names messages by their type when it is asked to, and goes on after Last-Event-ID', async () => {
    const headers = { authorization: `Bearer ${key}`, 'last-event-id': '1' };

    const { body } = await stream('after=0&named=1', headers);

    expect(body).toMatch(/^retry: 250\n\nid: 2\nevent: [a-z]+\.[a-z_]+\ndata: /);
    expect(body?.endsWith('}\n\n')).toBe(true);
  });

  it('says that events are gone, and goes on with the oldest', async () => {
    const { body } = await stream('after=9999');

    expect(body).toMatch(/^retry: 250\n\nevent: gone\ndata: \{"oldest":1\}\n\nid: 1\n/);
  });

  it('needs a key, or the address that was made for it', async () => {
    const opened = await ask('POST', '/platen/v1/events/streams', key, '', '{"types":["job.created"]}');
    const url = new URL(opened.json.url);

    const { statusCode, body } = await stream(`after=0&${url.searchParams}`, {});

    expect([opened.status, url.pathname, statusCode]).toEqual([201, path, 200]);
    expect(opened.json.expiresAt).toBe('2026-01-02T15:04:05.000Z');
    expect(body?.match(/"type":"[^"]+"/g)?.every(type => type === '"type":"job.created"')).toBe(true);
    expect((await stream('after=0', {})).statusCode).toBe(401);
    expect((await stream('after=0&ticket=x', {})).statusCode).toBe(401);
  });
});
