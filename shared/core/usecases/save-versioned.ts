import { PrintError } from '../domain/errors.ts';
import type { Saved } from '../ports/index.ts';

/** Writers of one thing collide when, say, a relay reports while a client cancels: a few rounds settle it. */
const rounds = 8;

/**
 * Reads a versioned thing, changes it by a pure function, and saves it, again from what is there whenever another
 * writer was first. Undefined when there is nothing there; `changed` is false when the change had nothing to do.
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
  throw new PrintError('internal', 'This is being changed by many at once. Please try again.');
}
