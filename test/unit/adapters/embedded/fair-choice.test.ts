import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Choice, chooseMessages, ownerOf } from '../../../../shared/adapters/embedded/queue/fair-choice.ts';
import { migrations } from '../../../../shared/adapters/embedded/sqlite/schema.ts';
import { Sqlite } from '../../../../shared/adapters/embedded/sqlite/sqlite.ts';
import { someFolder } from './folder.ts';

interface Message {
  owner?: string;
  queue?: string;
  visibleAt?: number;
  isInHand?: boolean;
}

/** A database with messages, whose ids are their places in the list, from 1. */
async function withMessages(messages: Message[]) {
  const db = new Sqlite(join(someFolder(), 'test.db'), migrations);
  onTestFinished(() => db.close());
  await db.write(() => {
    for (const { owner = '', queue = 'offer', visibleAt = 0, isInHand = false } of messages) {
      db.run(
        "INSERT INTO messages (queue, body, sent_at, visible_at, owner, in_hand) VALUES (?, '', 0, ?, ?, ?)",
        ...[queue, visibleAt, owner, Number(isInHand)],
      );
    }
  });
  const choose = (choice: Partial<Choice> = {}) =>
    chooseMessages(db, { queue: 'offer', at: 100, limit: 100, capacity: 100, after: '', ...choice });
  return { choose };
}

const of = (owner: string, more: Message = {}): Message => ({ owner, ...more });
const many = (count: number, message: Message) => Array.from({ length: count }, () => message);

describe('the messages that are delivered next', () => {
  it.each<[string, Message[], Partial<Choice>, number[], string]>([
    ['are none of an empty queue', [], { after: 'a' }, [], 'a'],
    [
      'are the oldest, by when they are visible',
      [of('a', { visibleAt: 9 }), of('a', { visibleAt: 3 }), of('a', { visibleAt: 9 })],
      {},
      [2, 1, 3],
      'a',
    ],
    ['are those that are visible', [of('a', { visibleAt: 100 }), of('a', { visibleAt: 101 })], {}, [1], 'a'],
    ['are of the queue', [of('a', { queue: 'prepare' }), of('a')], {}, [2], 'a'],
    ['are no more than asked for', many(5, of('a')), { limit: 3 }, [1, 2, 3], 'a'],
    [
      'are one of each owner in turn',
      [of('a'), of('a'), of('a'), of('b'), of('c'), of('c')],
      {},
      [1, 4, 5, 2, 6, 3],
      'a',
    ],
    [
      'begin after the owner that was last',
      [of('a'), of('a'), of('b'), of('c')],
      { after: 'a', limit: 3 },
      [3, 4, 1],
      'a',
    ],
    ['begin with the first owner after the last one', [of('a'), of('b')], { after: 'b', limit: 1 }, [1], 'a'],
    ['begin after an owner that is gone', [of('a'), of('c')], { after: 'b', limit: 1 }, [2], 'c'],
    ['hold what has no owner first in a round', [of('a'), of(''), of('b')], { after: 'a' }, [3, 2, 1], 'a'],
    ['stop in the middle of a round', [of('a'), of('b'), of('c')], { limit: 2 }, [1, 2], 'b'],
  ])('%s', async (_name, messages, choice, ids, last) => {
    const { choose } = await withMessages(messages);

    expect(choose(choice)).toEqual({ ids, last });
  });

  it.each<[string, string, number, number, number]>([
    ['three quarters of the capacity', 'a', 4, 0, 3],
    ['three quarters, rounded up', 'a', 5, 0, 4],
    ['less by what is in hand', 'a', 4, 2, 1],
    ['none above that', 'a', 4, 4, 0],
    ['all of it where they name no owner', '', 4, 1, 3],
  ])('of one owner are %s', async (_name, owner, capacity, inHand, expected) => {
    const messages = [...many(inHand, of(owner, { isInHand: true, visibleAt: 1000 })), ...many(9, of(owner))];
    const { choose } = await withMessages(messages);

    expect(choose({ capacity }).ids).toHaveLength(expected);
  });

  it('are of a hundred owners, and of the others the next time', async () => {
    const owners = Array.from({ length: 130 }, (_, index) => String(index).padStart(3, '0'));
    const { choose } = await withMessages(owners.map(owner => of(owner)));

    const first = choose({ limit: 1000 });
    const second = choose({ limit: 1000, after: first.last });

    expect([first.ids, first.last]).toEqual([Array.from({ length: 100 }, (_, index) => index + 1), '099']);
    expect(second.ids.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, index) => index + 101));
    expect(second.ids).toHaveLength(100);
  });
});

describe('the owner of a message', () => {
  it.each([
    ['{"companyId":"c","relayId":"r"}', 'c'],
    ['{"relayId":"r"}', 'r'],
    ['{"companyId":7}', '7'],
    ['{}', ''],
    ['null', ''],
    ['7', ''],
    ['torn', ''],
  ])('of %s is "%s"', (body, owner) => {
    expect(ownerOf(body)).toBe(owner);
  });
});
