import { Webhook as Verifier } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someJob } from '../../../../../doubles/samples.ts';
import type { DueDeliveries } from '../../../../../shared/adapters/embedded/sqlite/webhook-store.ts';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import type { TryResult } from '../../../../../shared/core/domain/webhook-schedule.ts';
import type { EventPoster } from '../../../../../shared/core/ports/index.ts';
import { deliverEvent, testWebhook } from '../../../../../shared/core/usecases/events/deliver-event.ts';
import { listDeliveries } from '../../../../../shared/core/usecases/events/list-deliveries.ts';
import {
  createWebhook,
  enableWebhook,
  getWebhook,
  listWebhooks,
  type NewWebhook,
  rotateWebhook,
  updateWebhook,
} from '../../../../../shared/core/usecases/events/manage-webhooks.ts';
import {
  describeReplay,
  getReplay,
  replayEvents,
  stopReplay,
} from '../../../../../shared/core/usecases/events/webhook-replays.ts';
import { company, openWorld, startedAt, type World } from '../../../world.ts';

const principal: Principal = { companyId: company, scopes: ['print', 'admin'] };
const [minute, hour] = [60_000, 3_600_000];

interface Post {
  url: string;
  headers: Record<string, string>;
  body: string;
  at: number;
}

let world: World;
let posts: Post[];
/** What receivers answer, by address. */
let answers: (url: string) => Partial<TryResult>;
const eventPoster: EventPoster = {
  check: () => undefined,
  async post(url, headers, body) {
    posts.push({ url, headers, body, at: world.ports.clock.now() });
    return { milliseconds: 5, text: '', ...answers(url) };
  },
};
const ports = () => ({ ...world.ports, eventPoster });

beforeEach(async () => {
  world = await openWorld();
  posts = [];
  answers = () => ({ status: 200 });
});
afterEach(() => world.close());

const create = (changes: Partial<NewWebhook> = {}) =>
  createWebhook(ports(), principal, { url: 'https://erp.test/hook', types: ['job.*'], ...changes });

async function makeJob(): Promise<string> {
  const job = someJob(company);
  await world.ports.jobs.create([job]);
  return job.id;
}

/** Makes every try that is due, as the server does. */
async function deliverDue(): Promise<void> {
  const store = world.ports.webhookStore as unknown as DueDeliveries;
  for (;;) {
    const due = store.activeWebhooks().flatMap(({ id }) => store.dueOf(id, 1000));
    const before = posts.length;
    for (const { companyId, webhookId, sequence, attempt } of due)
      await deliverEvent(ports(), { companyId, webhookId, sequence, attempt });
    if (posts.length === before) return;
  }
}

/** Lets time pass in small steps. */
async function pass(milliseconds: number, step = 10_000): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += step) {
    world.wait(step);
    await deliverDue();
  }
}

const view = async () => (await listWebhooks(ports(), principal))[0] as Awaited<ReturnType<typeof getWebhook>>;
const subjectsOf = (made: Post[]) => made.map(({ body }) => JSON.parse(body).subject);
const logged = async (type: string) =>
  (await world.ports.events.read(company, 0, 1000)).filter(event => event.type === type);

describe('a webhook', () => {
  it('receives the events that it wants, signed, and nothing from before it was made', async () => {
    await makeJob();
    const { shown } = await create();
    const id = await makeJob();
    await deliverDue();

    expect(subjectsOf(posts)).toEqual([id]);
    const [{ headers, body }] = posts as [Post];
    const [event] = (await logged('job.created')).slice(-1);
    expect([headers['webhook-id'], body]).toEqual([event?.id, event?.body]);
    expect(headers['webhook-timestamp']).toBe(String(Math.floor(startedAt / 1000)));
    const verifier = new Verifier((shown as { secret: string }).secret);
    expect(() => verifier.verify(body, headers)).toThrow('Message timestamp too old');
    expect((await view()).waiting).toBe(0);
    expect((await view()).health).toMatchObject({ failures: 0, lastSuccessAt: startedAt });
  });

  it('says when it is tried next: not while it is paused, nor while it rests', async () => {
    const { webhook } = await create();
    answers = () => ({ status: 502 });
    await makeJob();
    await deliverDue();
    const { nextTryAt, waiting, health } = await view();

    await updateWebhook(ports(), principal, { id: webhook.id, changes: { state: 'paused' } });

    expect([waiting, nextTryAt]).toEqual([1, health.waitUntil]);
    expect(nextTryAt).toBeGreaterThanOrEqual(startedAt + minute);
    expect(await view()).toMatchObject({ waiting: 1, nextTryAt: undefined });
  });

  it('filters by type, location and printer', async () => {
    await create({ url: 'https://a.test', types: ['printer.*'] });
    await create({ url: 'https://b.test', types: ['job.*'], printers: ['office:label'] });
    await create({ url: 'https://c.test', locations: ['office'], types: undefined });
    await makeJob();
    await deliverDue();

    expect(posts.map(({ url }) => url)).toEqual(['https://c.test']);
  });

  it('is tried ten times in about 76 hours, with the same id and body, and then disabled', async () => {
    await create();
    answers = () => ({ status: 500 });
    await makeJob();
    await deliverDue();
    await pass(80 * hour);

    expect(posts).toHaveLength(10);
    expect(new Set(posts.map(({ headers, body }) => headers['webhook-id'] + body)).size).toBe(1);
    expect(new Set(posts.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10);
    const waits = posts.slice(1).map(({ at }, index) => at - (posts[index] as Post).at);
    const planned = [5_000, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual((planned[index] as number) * 0.9);
      expect(wait).toBeLessThanOrEqual((planned[index] as number) * 1.1 + 10_000);
    }
    expect(await view()).toMatchObject({ webhook: { state: 'disabled', disabledReason: 'failing' }, waiting: 0 });
    expect(await logged('webhook.disabled')).toHaveLength(1);
    const { tries } = await listDeliveries(ports(), principal, { id: (await view()).webhook.id, limit: 100 });
    expect(tries.map(({ attempt, status }) => [attempt, status])).toEqual(
      Array.from({ length: 10 }, (_, index) => [10 - index, 500]),
    );
  });

  it('is not disabled when something was delivered meanwhile', async () => {
    await create();
    const lost = await makeJob();
    answers = () => ({ status: 500 });
    await deliverDue();
    await pass(20 * hour);
    const id = await makeJob();
    answers = () => ({ status: 204 });
    const isLost = ({ body }: Post) => JSON.parse(body).subject === lost;
    const post = eventPoster.post;
    eventPoster.post = async (url, headers, body) => {
      const result = await post(url, headers, body);
      return isLost({ url, headers, body, at: 0 }) ? { ...result, status: 500 } : result;
    };
    await pass(60 * hour);
    eventPoster.post = post;

    expect(posts.filter(isLost)).toHaveLength(10);
    expect(subjectsOf(posts)).toContain(id);
    expect((await view()).webhook.state).toBe('active');
  });

  it('is disabled at once by 410, which the other webhooks hear of', async () => {
    await create({ url: 'https://gone.test' });
    await create({ url: 'https://other.test', types: undefined });
    answers = url => ({ status: url === 'https://gone.test' ? 410 : 200 });
    await makeJob();
    await makeJob();
    await deliverDue();
    await deliverDue();

    expect(posts.filter(({ url }) => url === 'https://gone.test').length).toBeLessThanOrEqual(2);
    const [notified] = posts.filter(({ body }) => JSON.parse(body).type === 'webhook.disabled');
    expect(JSON.parse(notified?.body ?? '{}').data.webhook).toMatchObject({
      url: 'https://gone.test',
      disabledReason: 'gone',
    });
    expect(notified?.url).toBe('https://other.test');
  });

  it('waits as long as the receiver asks, up to a day', async () => {
    await create();
    answers = () => ({ status: 503, retryAfterMilliseconds: 2 * hour });
    await makeJob();
    await deliverDue();
    answers = () => ({ status: 503, retryAfterMilliseconds: 1000 * hour });
    await pass(2 * hour + minute);
    answers = () => ({ status: 200 });
    await pass(25 * hour, minute);

    const [first, second, third] = posts.map(({ at }) => (at - startedAt) / hour) as [number, number, number];
    expect(first).toBe(0);
    expect(second).toBeCloseTo(2, 1);
    expect(third - second).toBeCloseTo(24, 1);
  });

  it('leaves a receiver alone for a minute that is overloaded', async () => {
    await create();
    answers = () => ({ status: 429 });
    await makeJob();
    await deliverDue();
    await makeJob();
    await deliverDue();
    expect(posts).toHaveLength(1);
    await pass(61_000);

    expect(posts.length).toBeGreaterThanOrEqual(2);
  });

  it('tries once a minute after 20 failures in a row, and everything after a success', async () => {
    await create();
    answers = () => ({ error: 'erp.test does not answer.' });
    for (let count = 0; count < 30; count++) await makeJob();
    await deliverDue();
    const failed = posts.length;
    await pass(10 * minute);
    expect([failed, posts.length - failed]).toEqual([20, 10]);
    answers = () => ({ status: 200 });
    posts = [];
    await pass(61_000);

    expect(posts.length).toBeGreaterThanOrEqual(10);
    expect((await view()).health.failures).toBe(0);
  });

  it('keeps its events while it is paused', async () => {
    const { webhook } = await create();
    await updateWebhook(ports(), principal, { id: webhook.id, changes: { state: 'paused' } });
    const id = await makeJob();
    await deliverDue();
    expect(posts).toEqual([]);
    await updateWebhook(ports(), principal, { id: webhook.id, changes: { state: 'active' } });
    await deliverDue();

    expect(subjectsOf(posts)).toEqual([id]);
  });

  it('signs with both secrets while the old one is replaced', async () => {
    const { webhook, shown: old } = await create();
    const { shown } = await rotateWebhook(ports(), principal, { id: webhook.id, overlapHours: 1 });
    const signatures = async () => {
      await makeJob();
      await deliverDue();
      return posts.at(-1)?.headers['webhook-signature']?.split(' ').length;
    };

    expect(shown).not.toEqual(old);
    expect(await signatures()).toBe(2);
    world.wait(hour + 1);
    expect(await signatures()).toBe(1);
  });

  it('says that the secret of the installation is another one when its key cannot be decrypted', async () => {
    const { webhook } = await create();
    const restored = { ...ports(), keyring: { keyFor: async () => new Uint8Array(32) } };

    await expect(testWebhook(restored, principal, { id: webhook.id })).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('the secret of the installation is another one'),
    });
    expect(posts).toEqual([]);
  });

  it('sends a test at once, also when it is disabled', async () => {
    const { webhook } = await create();
    answers = () => ({ status: 404, text: 'no such hook' });

    expect(await testWebhook(ports(), principal, { id: webhook.id })).toMatchObject({
      status: 404,
      text: 'no such hook',
    });
    expect(JSON.parse(posts[0]?.body ?? '')).toMatchObject({ type: 'webhook.test', subject: webhook.id });
    expect(await logged('webhook.test')).toEqual([]);
  });

  it('is limited to 20 of a company', async () => {
    for (let count = 0; count < 20; count++) await create();

    await expect(create()).rejects.toMatchObject({ code: 'too-many' });
  });
});

describe('a replay', () => {
  it('sends a range again, with the same ids and bodies, and says what it is', async () => {
    const { webhook } = await create();
    for (let count = 0; count < 4; count++) await makeJob();
    await deliverDue();
    const before = posts;
    posts = [];
    const sequences = before.map(({ body }) => JSON.parse(body).sequence);
    const range = { id: webhook.id, from: { sequence: sequences[1] }, to: { sequence: sequences[2] } };
    expect(await describeReplay(ports(), principal, range)).toBe(2);
    await deliverDue();
    expect(posts).toEqual([]);
    const replay = await replayEvents(ports(), principal, range);
    await expect(describeReplay(ports(), principal, range)).rejects.toMatchObject({ code: 'conflict' });
    await expect(replayEvents(ports(), principal, { id: webhook.id, from: { sequence: 1 } })).rejects.toMatchObject({
      code: 'conflict',
    });
    await deliverDue();

    expect(replay.events).toBe(2);
    expect(posts.map(({ body }) => body)).toEqual(before.slice(1, 3).map(({ body }) => body));
    expect(posts.every(({ headers }) => headers['platen-replay'] === replay.id)).toBe(true);
    expect(await getReplay(ports(), principal, { id: webhook.id, replayId: replay.id })).toMatchObject({
      left: 0,
      failed: 0,
    });
  });

  it('stops', async () => {
    const { webhook } = await create();
    for (let count = 0; count < 4; count++) await makeJob();
    const replay = await replayEvents(ports(), principal, { id: webhook.id, from: { at: 0 } });

    await stopReplay(ports(), principal, { id: webhook.id, replayId: replay.id });
    await deliverDue();

    expect([replay.events, posts.length]).toEqual([4, 0]);
  });

  it('sends single events, and those whose last try failed', async () => {
    const { webhook } = await create();
    await create({ url: 'https://alive.test' });
    const id = await makeJob();
    await deliverDue();
    const [event] = await logged('job.created');
    posts = [];
    await replayEvents(ports(), principal, { id: webhook.id, eventIds: [event?.id as string] });
    await deliverDue();
    expect(subjectsOf(posts)).toEqual([id]);

    answers = url => ({
      status: url === 'https://erp.test/hook' && JSON.parse(posts.at(-1)?.body ?? '').subject === lost ? 500 : 200,
    });
    const lost = await makeJob();
    await deliverDue();
    for (let day = 0; day < 4; day++) {
      await pass(24 * hour, minute);
      await makeJob();
      await deliverDue();
    }
    answers = () => ({ status: 200 });
    posts = [];
    const replay = await replayEvents(ports(), principal, { id: webhook.id, failedSince: startedAt });
    await deliverDue();
    expect([replay.events, subjectsOf(posts)]).toEqual([1, [lost]]);
  });

  it('brings a disabled webhook what it missed', async () => {
    const { webhook } = await create();
    answers = () => ({ status: 410 });
    const first = await makeJob();
    await deliverDue();
    const second = await makeJob();
    answers = () => ({ status: 200 });
    posts = [];
    const sequence = (await logged('job.created')).find(({ subject }) => subject === first)?.sequence as number;
    await enableWebhook(ports(), principal, { id: webhook.id, replayFrom: sequence });
    await deliverDue();

    expect(subjectsOf(posts)).toEqual([first, second]);
    expect((await getWebhook(ports(), principal, { id: webhook.id })).webhook).toMatchObject({ state: 'active' });
  });
});
