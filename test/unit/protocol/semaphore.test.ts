import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FairSemaphore } from '../../../shared/protocol/semaphore.ts';

/** Settled promises are visible only after all ready callbacks have run. */
const settle = () => new Promise(resolve => setImmediate(resolve));

const moment = 1000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A caller that passes its permit on while it waits. */
async function away() {
  const turns = new FairSemaphore(1);
  const slow = Promise.withResolvers<string>();
  const first = await turns.take();
  const back = first.meanwhile(slow.promise);
  vi.advanceTimersByTime(moment);
  const second = await turns.take();
  return { turns, slow, first, back, second };
}

test('admits as many as there are permits, and the others in FIFO order', async () => {
  const turns = new FairSemaphore(2);
  const order: string[] = [];
  const came = ['a', 'b', 'c', 'd'].map(async name => {
    const turn = await turns.take();
    order.push(name);
    return turn;
  });
  await settle();
  expect(order).toEqual(['a', 'b']);

  (await came[1])?.end();
  await settle();
  expect(order).toEqual(['a', 'b', 'c']);
  (await came[0])?.end();
  await settle();
  expect(order).toEqual(['a', 'b', 'c', 'd']);
});

test('ending twice returns one permit', async () => {
  const turns = new FairSemaphore(1);
  const first = await turns.take();
  first.end();
  first.end();
  await turns.take();
  let isTaken = false;

  void turns.take().then(() => {
    isTaken = true;
  });

  await settle();
  expect(isTaken).toBe(false);
});

test('aborting while waiting leaves the queue', async () => {
  const turns = new FairSemaphore(1);
  const first = await turns.take();
  const ending = new AbortController();
  const impatient = turns.take(ending.signal);
  const patient = turns.take();

  ending.abort(new Error('enough'));
  await expect(impatient).rejects.toThrow('enough');
  first.end();

  (await patient).end();
});

test('a holder that waits lets others run, and returns before new callers', async () => {
  const { turns, slow, first, back, second } = await away();
  const order: string[] = [];
  const isBack = back.then(value => order.push(value));
  const third = turns.take().then(turn => {
    order.push('third');
    turn.end();
  });

  slow.resolve('first');
  await settle();
  expect(order).toEqual([]);
  second.end();
  await isBack;
  expect(order).toEqual(['first']);
  first.end();

  await third;
  expect(order).toEqual(['first', 'third']);
});

test('an immediate result keeps the permit, and a failure does not return it twice', async () => {
  const turns = new FairSemaphore(1);
  const first = await turns.take();
  expect(await first.meanwhile(Promise.resolve(1))).toBe(1);
  await expect(first.meanwhile(Promise.reject(new Error('no')))).rejects.toThrow('no');
  const ending = new AbortController();
  const second = turns.take(ending.signal);
  ending.abort(new Error('still taken'));

  await expect(second).rejects.toThrow('still taken');
});

test('a holder that ended while it waited takes no permit afterwards', async () => {
  const { turns, slow, first, back, second } = await away();

  first.end();
  second.end();
  slow.resolve('too late');
  await back;

  (await turns.take()).end();
});

test('a holder that ends while it waits to return passes the permit on', async () => {
  const { turns, slow, first, back, second } = await away();

  slow.resolve('late');
  await settle();
  first.end();
  second.end();
  await back;

  (await turns.take()).end();
});
