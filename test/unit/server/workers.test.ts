import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { eventually } from '../../../doubles/harness.ts';
import { someJob } from '../../../doubles/samples.ts';
import { startWorkers } from '../../../server/workers.ts';
import type { Embedded } from '../../../shared/adapters/embedded/open-embedded.ts';
import type { QueueHandler } from '../../../shared/adapters/embedded/queue/queue-consumer.ts';
import { createWebhook } from '../../../shared/core/usecases/events/manage-webhooks.ts';
import { queues } from '../../../shared/protocol/service-table.ts';
import { configureLog } from '../../../shared/telemetry/log.ts';
import { company, openWorld, type World } from '../world.ts';
// loaded at their first use otherwise, which takes seconds on a busy machine
import '../../../functions/notify.ts';
import '../../../functions/offer.ts';
import '../../../functions/sweep.ts';

const second = 1000;
const hour = 3600 * second;

let world: World;
let handlers: Map<string, { row: object; handler: QueueHandler }>;
let lines: { event: string }[];
let undo: () => void;
let workers: ReturnType<typeof startWorkers>;
const stopConsumer = vi.fn(async () => {});
const deleteExpired = vi.fn(async () => {});

beforeEach(async () => {
  world = await openWorld();
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] });
  lines = [];
  undo = configureLog({ format: 'json', write: line => lines.push(JSON.parse(line)) });
  handlers = new Map();
  for (const spy of [stopConsumer, deleteExpired]) spy.mockReset().mockResolvedValue();
});
afterEach(async () => {
  await workers.stop();
  vi.useRealTimers();
  undo();
  await world.close();
});

/** The workers of a machine whose queues the test fills by hand. */
function start(): void {
  const queue = {
    consume(name: string, row: object, handler: QueueHandler) {
      handlers.set(name, { row, handler });
      return { stop: stopConsumer };
    },
  };
  workers = startWorkers({ ...world.ports, queue, deleteExpired } as unknown as Embedded);
}

/** Lets what has begun go on. */
const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

it('each queue has a consumer, which gives its messages to its function', async () => {
  start();

  expect([...handlers].map(([name, { row }]) => [name, row])).toEqual(Object.entries(queues));
  const record = { messageId: 'm', body: JSON.stringify({ companyId: company, printer: 'x' }) };
  const answer = await handlers.get('offer')?.handler({ Records: [record] } as never);
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm' }] });
  expect(await handlers.get('offer')?.handler({ Records: [] } as never)).toEqual({ batchItemFailures: [] });
});

it('abandoned work is looked for ten seconds after the start, and each minute', async () => {
  const swept = vi.spyOn(world.ports.uploads, 'expired');
  start();

  for (const [milliseconds, count] of [
    [9_999, 0],
    [1, 1],
    [49_999, 1],
    [1, 2],
    [60_000, 3],
  ] as const) {
    vi.advanceTimersByTime(milliseconds);
    await turns();
    await eventually(() => expect(swept).toHaveBeenCalledTimes(count));
  }
});

it('what is too old is deleted at the start, and each hour', async () => {
  start();
  expect(deleteExpired).toHaveBeenCalledTimes(1);

  vi.advanceTimersByTime(hour - 1);
  expect(deleteExpired).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(deleteExpired).toHaveBeenCalledTimes(2);
});

it('states that were held back are announced each second', async () => {
  const announced = vi.spyOn(world.ports.eventWriter, 'dueAnnouncements');
  start();

  for (const count of [1, 2]) {
    vi.advanceTimersByTime(second);
    await turns();
    expect(announced).toHaveBeenCalledTimes(count);
  }
});

it('an event is given to the function that posts it', async () => {
  const ports = {
    ...world.ports,
    eventPoster: { check: () => undefined, post: async () => ({ milliseconds: 1, text: '' }) },
  };
  const webhook = { url: 'https://127.0.0.1:9/hook', types: ['job.created'] };
  await createWebhook(ports, { companyId: company, scopes: ['admin'] }, webhook);
  const taken = vi.spyOn(world.ports.webhookStore, 'takeDelivery');
  start();

  await world.ports.jobs.create([someJob(company)]);

  await eventually(() => expect(taken).toHaveBeenCalledTimes(1));
});

it('a failure is logged, and the next time is not left out', async () => {
  const fault = new Error('The database is locked.');
  deleteExpired.mockRejectedValueOnce(fault);
  vi.spyOn(world.ports.eventWriter, 'dueAnnouncements').mockRejectedValueOnce(fault);
  vi.spyOn(world.ports.uploads, 'expired').mockRejectedValueOnce(fault);
  start();

  vi.advanceTimersByTime(second);
  await turns();
  vi.advanceTimersByTime(9 * second);

  const events = ['discard-failed', 'announce-failed', 'sweep-failed'];
  await eventually(() => expect(lines.map(({ event }) => event)).toEqual(expect.arrayContaining(events)));
  vi.advanceTimersByTime(hour);
  expect(deleteExpired).toHaveBeenCalledTimes(2);
});

it('the end waits for what is under way, and leaves no timer', async () => {
  const deleted = Promise.withResolvers<void>();
  deleteExpired.mockReturnValueOnce(deleted.promise);
  start();
  let isStopped = false;

  const stopping = workers.stop().then(() => {
    isStopped = true;
  });
  await turns();
  expect([isStopped, stopConsumer.mock.calls.length]).toEqual([false, Object.keys(queues).length]);
  deleted.resolve();
  await stopping;

  expect(vi.getTimerCount()).toBe(0);
});
