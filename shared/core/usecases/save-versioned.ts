import { PrintError } from '../domain/errors.ts';
import type { Saved } from '../ports/index.ts';

/** Writers collide when, for example, a relay reports while a client cancels. A few rounds resolve this. */
const rounds = 8;

/**
 * Reads a versioned item, applies a pure change, and saves it with optimistic locking: on a conflict it repeats the
 * change on the newer version. Undefined when the item does not exist; `changed` is false when `change` returned
 * undefined.
 */
export async function saveWith<T extends object>(
  read: () => Promise<T | undefined>,
  change: (thing: T) => T | undefined,
  save: (thing: T) => Promise<Saved<T>>,
): Promise<{ now: T; changed: boolean } | undefined> {
  let now: T | undefined = await read();
  for (let round = 0; now && round < rounds; round++) {
    const next = change(now);
    if (!next) return { now, changed: false };
    const outcome = await save(next);
    if ('saved' in outcome) return { now: outcome.saved, changed: true };
    now = outcome.conflict;
  }
  if (!now) return undefined;
  throw new PrintError('internal', 'Too many concurrent changes of the same item. Retry the request.');
}
