import { describe, expect, test } from 'vitest';
import { FairSemaphore, type Permit } from '../../../shared/protocol/semaphore.ts';

const settle = () => new Promise(resolve => setImmediate(resolve));
const signal = new AbortController().signal;

/** Asks for turns at once and notes who gets one, in order. */
function ask(turns: FairSemaphore, owners: string[]) {
  const order: string[] = [];
  const held: Permit[] = [];
  for (const owner of owners) {
    turns.take(signal, owner).then(turn => {
      order.push(owner);
      held.push(turn);
    });
  }
  return { order, held };
}

describe('turns of several owners', () => {
  test('none holds more than it may, also when there are more', async () => {
    const { order } = ask(new FairSemaphore(4, 2), ['b', 'b', 'b', 'b']);
    await settle();

    expect(order).toEqual(['b', 'b']);
  });

  test('one that comes late finds a turn although another waits with many', async () => {
    const turns = new FairSemaphore(4, 2);
    const { order } = ask(turns, ['b', 'b', 'b', 'b', 'a']);
    await settle();

    expect(order).toEqual(['b', 'b', 'a']);
  });

  test('a free turn goes to the one that holds the fewest, and then round', async () => {
    const turns = new FairSemaphore(1);
    const { order, held } = ask(turns, ['b', 'b', 'b', 'a', 'a', 'c']);
    for (let ended = 0; ended < 6; ended++) {
      await settle();
      held[ended]?.end();
    }
    await settle();

    expect(order).toEqual(['b', 'a', 'c', 'b', 'a', 'b']);
  });

  test('one that is canceled while it waits leaves the others their order', async () => {
    const turns = new FairSemaphore(1);
    const canceled = new AbortController();
    const { order, held } = ask(turns, ['a']);
    await settle();
    const given = expect(turns.take(canceled.signal, 'b')).rejects.toThrow('no longer wanted');
    const { order: later } = ask(turns, ['c']);

    canceled.abort(new Error('no longer wanted'));
    held[0]?.end();
    await settle();

    await given;
    expect([order, later]).toEqual([['a'], ['c']]);
  });
});
