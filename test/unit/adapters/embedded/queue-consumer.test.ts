import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startConsumer } from '../../../../shared/adapters/embedded/queue/queue-consumer.ts';
import type { QueueRow } from '../../../../shared/protocol/service-table.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const row: QueueRow = { function: 'offer', batchSize: 2, concurrency: 2, visibilitySeconds: 60, maximumDeliveries: 2 };
const recordOf = (messageId: string) => ({ messageId, body: messageId }) as SQSRecord;
const idsOf = (records: SQSRecord[]) => records.map(({ messageId }) => messageId);
/** Lets happen what needs no timer. */
const turn = () => new Promise(resolve => setImmediate(resolve));

/** A queue in memory, which counts its reads, and a handler whose batches wait until the test ends them. */
function openConsumer({ messages = [] as string[], due = undefined as number | undefined } = {}) {
  const waiting = [...messages];
  const queue = { reads: [] as number[], removed: [] as string[][], returned: [] as string[][], due };
  const faults = { receive: undefined as Error | undefined, settle: undefined as Error | undefined };
  const batches: { ids: string[]; end: (answer?: SQSBatchResponse) => void; fail: (error: Error) => void }[] = [];
  const handler = ({ Records }: { Records: SQSRecord[] }) =>
    new Promise<SQSBatchResponse | undefined>((end, fail) => void batches.push({ ids: idsOf(Records), end, fail }));
  const settle = async (to: string[][], ids: string[]) => {
    if (faults.settle) throw faults.settle;
    to.push(ids);
  };
  const consumer = startConsumer(row, handler, {
    async receive(limit) {
      queue.reads.push(limit);
      if (faults.receive) throw faults.receive;
      return waiting.splice(0, limit).map(recordOf);
    },
    remove: ids => settle(queue.removed, ids),
    giveBack: records => settle(queue.returned, idsOf(records)),
    nextVisibleIn: () => queue.due,
  });
  onTestFinished(async () => {
    for (const { end } of batches) end();
    await consumer.stop();
  });
  return { waiting, queue, faults, batches, consumer };
}

describe('a consumer', () => {
  it('reads as many messages as it can work at, and no more while it does', async () => {
    const { queue, batches, consumer, waiting } = openConsumer({ messages: ['a', 'b', 'c', 'd', 'e'] });
    await turn();

    consumer.wake();
    await turn();
    const timers = vi.getTimerCount();
    batches[0]?.end();
    await turn();

    expect(batches.map(({ ids }) => ids)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(queue.reads).toEqual([4, 2]);
    expect(timers).toBe(0);
    expect(waiting).toEqual([]);
  });

  it('reads on while a worker is free, until nothing comes', async () => {
    const { queue, batches } = openConsumer({ messages: ['a'] });
    await turn();

    expect(batches.map(({ ids }) => ids)).toEqual([['a']]);
    expect(queue.reads).toEqual([4, 2]);
  });

  it.each([
    ['nothing is due', undefined, 500],
    ['the next message is due late', 60_000, 500],
    ['the next message is due soon', 200, 200],
    ['the next message was due', 0, 10],
  ])('sleeps as long as it may: %s', async (_name, due, milliseconds) => {
    const { queue } = openConsumer({ due });
    await turn();
    const before = queue.reads.length;

    await vi.advanceTimersByTimeAsync(milliseconds - 1);
    const asleep = queue.reads.length;
    await vi.advanceTimersByTimeAsync(1);
    await turn();

    expect([before, asleep, queue.reads.length]).toEqual([1, 1, 2]);
  });

  it('asks a queue that cannot be read again after half a second', async () => {
    const { queue, faults, batches, waiting } = openConsumer({ due: 0 });
    await turn();
    faults.receive = new Error('disk full');
    await vi.advanceTimersByTimeAsync(10);
    await turn();
    const before = queue.reads.length;

    waiting.push('a');
    faults.receive = undefined;
    await vi.advanceTimersByTimeAsync(499);
    const asleep = queue.reads.length;
    await vi.advanceTimersByTimeAsync(1);
    await turn();

    expect([before, asleep]).toEqual([2, 2]);
    expect(batches.map(({ ids }) => ids)).toEqual([['a']]);
  });

  it('reads once more if it is woken while it reads', async () => {
    const { consumer, waiting, batches } = openConsumer();

    consumer.wake();
    await turn();
    waiting.push('a');
    consumer.wake();
    await turn();

    expect(batches.map(({ ids }) => ids)).toEqual([['a']]);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('stops when its batches are settled, and reads no more', async () => {
    const { consumer, queue, batches } = openConsumer({ messages: ['a', 'b'] });
    await turn();
    let isStopped = false;
    const stopping = consumer.stop().then(() => {
      isStopped = true;
    });
    await turn();
    const wasStopped = isStopped;
    const reads = queue.reads.length;

    batches[0]?.end();
    await stopping;
    consumer.wake();
    await vi.advanceTimersByTimeAsync(10_000);

    expect(wasStopped).toBe(false);
    expect(queue.removed).toEqual([['a', 'b']]);
    expect(queue.reads).toHaveLength(reads);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that is stopped while it reads still works off what it has read', async () => {
    const { consumer, batches, queue } = openConsumer({ messages: ['a', 'b', 'c'] });

    const stopping = consumer.stop();
    await turn();
    for (const { end } of batches) end();
    await stopping;

    expect(queue.removed).toEqual([['a', 'b'], ['c']]);
  });
});

describe('a batch', () => {
  it.each<[string, string[] | Error, string[][], string[][]]>([
    ['that succeeds is removed', [], [['a', 'b']], []],
    ['that fails in part is returned in part', ['b'], [['a']], [['b']]],
    ['that fails is returned', ['a', 'b'], [], [['a', 'b']]],
    ['that names an unknown message is returned', ['a', 'x'], [], [['a', 'b']]],
    ['that throws is returned', new Error('no'), [], [['a', 'b']]],
  ])('%s', async (_name, outcome, removed, returned) => {
    const { batches, queue } = openConsumer({ messages: ['a', 'b'] });
    await turn();

    if (outcome instanceof Error) batches[0]?.fail(outcome);
    else batches[0]?.end({ batchItemFailures: outcome.map(itemIdentifier => ({ itemIdentifier })) });
    await turn();

    expect([queue.removed, queue.returned]).toEqual([removed, returned]);
  });

  it('that cannot be settled holds up no other', async () => {
    const { batches, queue, faults, waiting, consumer } = openConsumer({ messages: ['a', 'b'] });
    await turn();
    faults.settle = new Error('disk full');
    batches[0]?.end({ batchItemFailures: [{ itemIdentifier: 'a' }] });
    await turn();
    faults.settle = undefined;

    waiting.push('c');
    consumer.wake();
    await turn();
    batches[1]?.end();
    await turn();

    expect(queue.removed).toEqual([['c']]);
  });
});
