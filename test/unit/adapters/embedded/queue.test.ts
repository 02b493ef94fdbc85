import type { SQSEvent } from 'aws-lambda';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openEmbedded } from '../../../../shared/adapters/embedded/open-embedded.ts';
import type { EmbeddedQueue } from '../../../../shared/adapters/embedded/queue/queue.ts';
import type { CompanyId } from '../../../../shared/core/domain/ids.ts';
import type { QueueRow } from '../../../../shared/protocol/service-table.ts';
import { someFolder } from './folder.ts';

const row: QueueRow = { function: 'offer', batchSize: 3, concurrency: 2, visibilitySeconds: 60, maximumDeliveries: 2 };

async function open() {
  let now = 1_700_000_000_000;
  const embedded = await openEmbedded({ folder: someFolder(), publicUrl: () => 'http://localhost', now: () => now });
  onTestFinished(() => embedded.close());
  return {
    ...embedded,
    advance(milliseconds: number) {
      now += milliseconds;
    },
  };
}

/** A handler whose calls wait until they are released. */
function held() {
  const calls: { event: SQSEvent; letGo: () => void }[] = [];
  const waiters: (() => void)[] = [];
  const handler = (event: SQSEvent) =>
    new Promise<undefined>(resolve => {
      calls.push({ event, letGo: () => resolve(undefined) });
      for (const waiter of waiters.splice(0)) waiter();
    });
  const reached = async (count: number) => {
    while (calls.length < count) await new Promise<void>(resolve => waiters.push(resolve));
  };
  return { calls, handler, reached };
}

test('runs no more batches than the row allows, and no larger ones', async () => {
  const { queue } = await open();
  const { calls, handler, reached } = held();
  await queue.enqueue(
    'offer',
    Array.from({ length: 10 }, (_, index) => String(index)),
  );

  const consumer = queue.consume('offer', row, handler);
  await reached(2);
  await queue.enqueue('offer', ['late']);
  expect(calls.map(call => call.event.Records.length)).toEqual([3, 3]);
  for (let done = 0; done < 4; done++) {
    await reached(done + 1);
    calls[done]?.letGo();
  }
  await consumer.stop();

  const bodies = calls.flatMap(call => call.event.Records.map(record => record.body));
  expect(bodies.toSorted()).toEqual([...'0123456789', 'late']);
});

test('a response with an unknown message id returns the whole batch', async () => {
  const { queue, advance } = await open();
  const seen: string[][] = [];
  const { promise: seenTwice, resolve } = Promise.withResolvers<void>();
  await queue.enqueue('offer', ['a', 'b']);

  const consumer = queue.consume('offer', row, async event => {
    seen.push(event.Records.map(record => record.body));
    if (seen.length === 2) resolve();
    return seen.length === 1 ? { batchItemFailures: [{ itemIdentifier: 'unknown' }] } : undefined;
  });
  while (seen.length === 0) await new Promise(resolve => setImmediate(resolve));
  const waitThenAdvance = setInterval(() => advance(1000), 10);
  await seenTwice;
  clearInterval(waitThenAdvance);
  await consumer.stop();

  expect(seen).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test('a message that killed every handler moves to the dead-letter queue', async () => {
  const { queue, advance } = await open();
  await queue.enqueue('offer', ['poison']);
  const { calls, handler, reached } = held();
  const consumer = queue.consume('offer', { ...row, concurrency: 9 }, handler);

  for (let delivery = 1; delivery <= row.maximumDeliveries; delivery++) {
    await reached(delivery);
    advance(61_000);
  }
  while ((await queue.deadLetters('offer')).length === 0) await new Promise(resolve => setImmediate(resolve));

  expect(await queue.deadLetters('offer')).toMatchObject([{ body: 'poison', receiveCount: 2 }]);
  expect(calls).toHaveLength(2);
  for (const call of calls) call.letGo();
  await consumer.stop();
});

test('a message that was in hand at two ends of the process is not delivered a third time', async () => {
  const { queue } = await open();
  const { calls, handler, reached } = held();
  await queue.enqueue('offer', ['poison']);
  queue.consume('offer', { ...row, maximumDeliveries: 9 }, handler);
  await reached(1);

  const first = await queue.release();
  queue.consume('offer', { ...row, maximumDeliveries: 9 }, handler);
  await reached(2);
  const second = await queue.release();
  for (const call of calls) call.letGo();

  expect([first, second]).toEqual([[], [expect.objectContaining({ queue: 'offer', body: 'poison' })]]);
  expect(await queue.deadLetters('offer')).toMatchObject([{ body: 'poison' }]);
});

/** What a new consumer gets now. */
async function deliveredBy(queue: EmbeddedQueue, answer: 'fail' | 'take'): Promise<string[]> {
  const bodies: string[] = [];
  const consumer = queue.consume('offer', { ...row, maximumDeliveries: 9 }, async ({ Records }) => {
    bodies.push(...Records.map(({ body }) => body));
    if (answer === 'fail') throw new Error('not yet');
    return undefined;
  });
  await consumer.stop();
  return bodies;
}

test('a failed message comes again after a second, and after two seconds the next time', async () => {
  const { queue, advance } = await open();
  await queue.enqueue('offer', ['unlucky']);

  const first = await deliveredBy(queue, 'fail');
  advance(999);
  const early = await deliveredBy(queue, 'fail');
  advance(1);
  const second = await deliveredBy(queue, 'fail');
  advance(1999);
  const earlyAgain = await deliveredBy(queue, 'fail');
  advance(1);
  const third = await deliveredBy(queue, 'take');

  expect([first, early, second, earlyAgain, third]).toEqual([['unlucky'], [], ['unlucky'], [], ['unlucky']]);
});

test('a message that was in hand at the end of the process is delivered at once after it', async () => {
  const { queue } = await open();
  const { calls, handler, reached } = held();
  await queue.enqueue('offer', ['interrupted']);
  queue.consume('offer', { ...row, maximumDeliveries: 9 }, handler);
  await reached(1);

  const before = await deliveredBy(queue, 'take');
  await queue.release();
  const after = await deliveredBy(queue, 'take');
  for (const call of calls) call.letGo();

  expect([before, after]).toEqual([[], ['interrupted']]);
});

test('what is sent, enqueued or redriven wakes the consumer, without a timer', async () => {
  const { queue } = await open();
  await queue.enqueue('offer', ['poison']);
  await queue.consume('offer', { ...row, maximumDeliveries: 1 }, () => Promise.reject(new Error('no'))).stop();
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { calls, handler, reached } = held();
  queue.consume('offer', row, handler);
  await queue.enqueue('offer', ['first']);
  await reached(1);
  calls[0]?.letGo();
  // until nothing but a timer or a wake makes it look again
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve));

  await queue.redrive('offer');
  await reached(2);
  calls[1]?.letGo();

  expect(calls.flatMap(({ event }) => event.Records.map(({ body }) => body))).toEqual(['first', 'poison']);
});

test('a message that failed by itself is not counted as in hand', async () => {
  const { queue, advance } = await open();
  const { promise: failed, resolve } = Promise.withResolvers<void>();
  await queue.enqueue('offer', ['unlucky']);
  const { stop } = queue.consume('offer', { ...row, maximumDeliveries: 9 }, async ({ Records }) => {
    resolve();
    return { batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
  await failed;
  await stop();
  advance(1);

  expect([await queue.release(), await queue.release(), await queue.release()]).toEqual([[], [], []]);
});

test('an owner of many messages leaves room for others, who are served in turn', async () => {
  const { queue } = await open();
  const { calls, handler, reached } = held();
  const small = { ...row, batchSize: 1, concurrency: 4 };
  await queue.send(
    'prepare',
    Array.from({ length: 4 }, () => ({ jobIds: [], companyId: 'b' as CompanyId })),
  );
  queue.consume('prepare', small, handler);
  await reached(3);

  await queue.send('prepare', [{ jobIds: [], companyId: 'a' as CompanyId }]);
  await reached(4);
  const served = calls.map(({ event }) => JSON.parse(event.Records[0]?.body ?? '').companyId);
  for (const { letGo } of calls) letGo();
  await reached(5);
  calls[4]?.letGo();

  expect(served).toEqual(['b', 'b', 'b', 'a']);
});
