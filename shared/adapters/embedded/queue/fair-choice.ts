import type { Sqlite } from '../sqlite/sqlite.ts';

/*
 * Which visible messages are delivered next. A message's owner is the company or relay that it names: each owner in turn
 * gives one, oldest first, and none has more than three quarters of what a queue may have in hand, so that one who sends
 * thousands of messages does not keep the others from being served.
 */

const largestShare = 0.75;
const ownersAtMost = 100;

export interface Choice {
  queue: string;
  at: number;
  /** messages to choose */
  limit: number;
  /** messages of the queue that may be in hand at the same time */
  capacity: number;
  /** the owner after which to begin */
  after: string;
}

/** Ids of messages, in the order in which they are to be delivered, and the owner that was served last. */
export function chooseMessages(db: Sqlite, choice: Choice): { ids: number[]; last: string } {
  const queues = [...ownersFrom(db, choice)].map(owner => ({ owner, ids: deliverable(db, choice, owner) }));
  const ids: number[] = [];
  let last = choice.after;
  for (let place = 0; ids.length < choice.limit && queues.some(queue => queue.ids.length > place); place++) {
    for (const queue of queues) {
      const id = queue.ids[place];
      if (id === undefined || ids.length === choice.limit) continue;
      ids.push(id);
      last = queue.owner;
    }
  }
  return { ids, last };
}

/** Owners with messages, from the one after the last served, and round. */
function* ownersFrom(db: Sqlite, { queue, after }: Choice): Generator<string> {
  const next = (owner: string) =>
    db.get<{ owner: string | null }>(
      'SELECT min(owner) AS owner FROM messages WHERE queue = ? AND owner > ?',
      queue,
      owner,
    )?.owner;
  let count = 0;
  for (let owner = next(after); owner && count < ownersAtMost; owner = next(owner), count++) yield owner;
  // what names no owner, and what belongs to older releases, is the first of each round
  yield '';
  for (let owner = next(''); owner && owner <= after && count < ownersAtMost; owner = next(owner), count++) yield owner;
}

function deliverable(db: Sqlite, { queue, at, limit, capacity }: Choice, owner: string): number[] {
  const count = 'SELECT count(*) AS count FROM messages WHERE queue = ? AND owner = ? AND in_hand = 1';
  const { count: inHand } = db.get<{ count: number }>(count, queue, owner) as { count: number };
  // what names no owner may be anyone's
  const most = owner === '' ? capacity : Math.ceil(capacity * largestShare);
  const rows = db.all<{ id: number }>(
    'SELECT id FROM messages WHERE queue = ? AND owner = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?',
    ...[queue, owner, at, Math.max(Math.min(limit, most - inHand), 0)],
  );
  return rows.map(({ id }) => id);
}

/** The company or relay that a message names; empty when it names none. */
export function ownerOf(body: string): string {
  try {
    const { companyId, relayId } = Object(JSON.parse(body));
    return String(companyId ?? relayId ?? '');
  } catch {
    // not JSON: the handler of the queue says so
    return '';
  }
}
