import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '../../../doubles/harness.ts';
import { someJob } from '../../../doubles/samples.ts';
import { type DeliverySources, startDeliveries } from '../../../server/deliveries.ts';
import type { Embedded } from '../../../shared/adapters/embedded/open-embedded.ts';
import type { TryResult } from '../../../shared/core/domain/webhook-schedule.ts';
import { deliverEvent } from '../../../shared/core/usecases/events/deliver-event.ts';
import { createWebhook } from '../../../shared/core/usecases/events/manage-webhooks.ts';
import { configureLog } from '../../../shared/telemetry/log.ts';
import { company, openWorld, type World } from '../world.ts';

const principal = { companyId: company, scopes: ['admin' as const] };
const dead = 'https://dead.test';
const alive = 'https://alive.test';

let world: World;
let post: (url: string) => Promise<Partial<TryResult>>;
let deliveries: ReturnType<typeof startDeliveries>;
let posted: string[];

beforeEach(async () => {
  world = await openWorld();
  posted = [];
});
afterEach(async () => {
  await deliveries.stop();
  await world.close();
});

const ports = () => ({
  ...world.ports,
  eventPoster: {
    check: () => undefined,
    async post(url: string): Promise<TryResult> {
      posted.push(url);
      return { milliseconds: 1, text: '', ...(await post(url)) };
    },
  },
});
const start = () => {
  const sources = world.ports as unknown as Pick<Embedded, 'webhookStore' | 'eventWritten'>;
  deliveries = startDeliveries({ ...sources, clock: world.ports.clock }, message => deliverEvent(ports(), message));
};
const create = (url: string) => createWebhook(ports(), principal, { url, types: ['job.created'] });
const makeJobs = (count: number) => world.ports.jobs.create(Array.from({ length: count }, () => someJob(company)));
const countOf = (url: string) => posted.filter(one => one === url).length;

describe('deliveries', () => {
  it('begin as soon as an event is written', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] }); // nothing looks for due deliveries by the clock
    post = async () => ({ status: 200 });
    start();
    await create(alive);
    await makeJobs(3);

    await eventually(() => expect(countOf(alive)).toBe(3));
    vi.useRealTimers();
  });

  it('of a receiver that hangs take four places, and hold up no other webhook', async () => {
    const hang = Promise.withResolvers<void>();
    post = async url => {
      if (url === dead) await hang.promise;
      return url === dead ? { error: 'timeout' } : { status: 200 };
    };
    await create(dead);
    await create(alive);
    for (let round = 0; round < 20; round++) await makeJobs(50);
    start();

    await eventually(() => expect(countOf(alive)).toBe(1000));
    expect(countOf(dead)).toBe(4);
    hang.resolve();
  });

  it('of ten thousand events for a receiver that fails hold up no other webhook', async () => {
    post = async url => (url === dead ? { status: 500 } : { status: 200 });
    const { webhook } = await create(dead);
    await create(alive);
    const waiting = Array.from({ length: 10_000 }, (_, index) => ({
      ...{ companyId: company, webhookId: webhook.id, sequence: 1_000_000 + index, attempt: 1, dueAt: 0 },
    }));
    await world.ports.webhookStore.putDeliveries(waiting);
    await world.ports.webhookStore.saveHealth(webhook.id, { failures: 20, triedAt: world.ports.clock.now() });
    start();
    for (let round = 0; round < 4; round++) await makeJobs(50);
    await eventually(() => expect(countOf(alive)).toBe(200));

    expect(countOf(dead)).toBe(0);
  });

  it('that fail unexpectedly are not repeated at once', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    post = async () => ({ status: 200 });
    await create(alive);
    let calls = 0;
    const sources = world.ports as unknown as DeliverySources;
    deliveries = startDeliveries({ ...sources, eventWritten: new EventEmitter() }, async message => {
      calls++;
      await world.ports.webhookStore.takeDelivery(message.webhookId, message.sequence, message.attempt, 4);
      throw new Error('a fault');
    });
    await makeJobs(1);

    for (let look = 0; look < 3; look++) {
      vi.advanceTimersToNextTimer();
      await eventually(() => expect(calls).toBeGreaterThan(0));
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    }

    expect(calls).toBe(1);
  });

  it('that end at one time make room for the next ones while others hang', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }); // nothing looks for due deliveries by the clock
    onTestFinished(() => void vi.useRealTimers());
    const [hang, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    post = async () => {
      const count = posted.length;
      if (count <= 4) await (count <= 2 ? hang : answered).promise;
      return { status: 200 };
    };
    await create(alive);
    await makeJobs(10);
    start();
    await eventually(() => expect(posted).toHaveLength(4));

    answered.resolve();

    await eventually(() => expect(posted).toHaveLength(10));
    hang.resolve();
  });

  it('end with those under way, and no other begins', async () => {
    const answered = Promise.withResolvers<void>();
    post = async () => {
      await answered.promise;
      return { status: 200 };
    };
    await create(alive);
    await makeJobs(5);
    start();
    await eventually(() => expect(posted).toHaveLength(4));

    let isStopped = false;
    const stopping = deliveries.stop().then(() => {
      isStopped = true;
    });
    await new Promise(setImmediate);
    expect(isStopped).toBe(false);
    answered.resolve();
    await stopping;
    await makeJobs(1);
    await new Promise(setImmediate);

    expect(posted).toHaveLength(4);
  });

  it('of all webhooks together are 64 at most', async () => {
    const answered = Promise.withResolvers<void>();
    post = async () => {
      await answered.promise;
      return { status: 200 };
    };
    for (let count = 0; count < 17; count++) await create(`${alive}/${count}`);
    await makeJobs(4);
    start();
    await eventually(() => expect(posted).toHaveLength(64));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);

    expect(posted).toHaveLength(64);
    answered.resolve();
  });

  it('that become due later begin by the clock', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    post = async () => ({ status: posted.length === 1 ? 500 : 200 });
    await create(alive);
    await makeJobs(1);
    start();
    await eventually(() => expect(posted).toHaveLength(1));
    world.wait(60_000);

    await eventually(() => {
      vi.advanceTimersByTime(1000);
      expect(posted).toHaveLength(2);
    });
  });

  it('that fail unexpectedly are logged, and so is a store that cannot be read', async () => {
    const lines: object[] = [];
    const undo = configureLog({ format: 'json', write: line => lines.push(JSON.parse(line)) });
    onTestFinished(undo);
    post = async () => Promise.reject(new Error('a fault'));
    const { webhook } = await create(alive);
    await makeJobs(1);
    start();
    const failed = {
      event: 'delivery-failed',
      companyId: company,
      webhookId: webhook.id,
      sequence: expect.any(Number),
    };
    await eventually(() => expect(lines).toContainEqual(expect.objectContaining(failed)));
    vi.spyOn(world.ports.webhookStore, 'healthOf').mockRejectedValue(new Error('The database is locked.'));
    await makeJobs(1);

    const notRead = { event: 'deliveries-not-read', webhookId: webhook.id };
    await eventually(() => expect(lines).toContainEqual(expect.objectContaining(notRead)));
  });
});
