import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Turns } from '../../../../shared/adapters/convert/turns.ts';

/** What was promised becomes visible only when all that is ready has run. */
const settle = () => new Promise(resolve => setImmediate(resolve));

const moment = 1000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** One whose turn has gone to a second, while it waits for something slow. */
async function away() {
  const turns = new Turns(1);
  const slow = Promise.withResolvers<string>();
  const first = await turns.take();
  const back = first.meanwhile(slow.promise);
  vi.advanceTimersByTime(moment);
  const second = await turns.take();
  return { turns, slow, first, back, second };
}

test('no more than there are turns, and the others in the order in which they came', async () => {
  const turns = new Turns(2);
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

test('who ends twice gives one turn back', async () => {
  const turns = new Turns(1);
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

test('who gives up while it waits leaves the line', async () => {
  const turns = new Turns(1);
  const first = await turns.take();
  const ending = new AbortController();
  const impatient = turns.take(ending.signal);
  const patient = turns.take();

  ending.abort(new Error('enough'));
  await expect(impatient).rejects.toThrow('enough');
  first.end();

  (await patient).end();
});

test('who waits for something slow lets others pass, and comes back before those who come', async () => {
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

test('what is there at once costs nobody the turn, and a failure gives none back twice', async () => {
  const turns = new Turns(1);
  const first = await turns.take();
  expect(await first.meanwhile(Promise.resolve(1))).toBe(1);
  await expect(first.meanwhile(Promise.reject(new Error('no')))).rejects.toThrow('no');
  const ending = new AbortController();
  const second = turns.take(ending.signal);
  ending.abort(new Error('still taken'));

  await expect(second).rejects.toThrow('still taken');
});

test('who ended while it waited for something slow takes no turn when that comes', async () => {
  const { turns, slow, first, back, second } = await away();

  first.end();
  second.end();
  slow.resolve('too late');
  await back;

  (await turns.take()).end();
});

test('who ends while it waits to come back leaves the turn to the next', async () => {
  const { turns, slow, first, back, second } = await away();

  slow.resolve('late');
  await settle();
  first.end();
  second.end();
  await back;

  (await turns.take()).end();
});
