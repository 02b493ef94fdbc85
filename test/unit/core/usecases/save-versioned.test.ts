import { describe, expect, it } from 'vitest';
import type { Saved } from '../../../../shared/core/ports/index.ts';
import { saveWith } from '../../../../shared/core/usecases/save-versioned.ts';

interface Thing {
  value: number;
  version: number;
}

/** A store whose item others change before the first saves. */
function storeOf(item: Thing | undefined, changedBefore: number, isDeleted = false) {
  let stored = item;
  const calls = { read: 0, save: 0 };
  return {
    calls,
    read: async () => {
      calls.read++;
      return stored;
    },
    save: async (next: Thing): Promise<Saved<Thing>> => {
      if (calls.save++ < changedBefore)
        stored = isDeleted || !stored ? undefined : { value: stored.value + 10, version: stored.version + 1 };
      if (stored?.version !== next.version) return { conflict: stored };
      stored = { ...next, version: next.version + 1 };
      return { saved: stored };
    },
  };
}
const add = (thing: Thing) => ({ ...thing, value: thing.value + 1 });
const saved = ({ read, save }: ReturnType<typeof storeOf>, change: (thing: Thing) => Thing | undefined = add) =>
  saveWith(read, change, save);

describe('a change of a versioned item', () => {
  it('is saved', async () => {
    expect(await saved(storeOf({ value: 1, version: 4 }, 0))).toEqual({ now: { value: 2, version: 5 }, changed: true });
  });

  it('is made again on what others have saved, without another read', async () => {
    const store = storeOf({ value: 1, version: 4 }, 7);

    expect(await saved(store)).toEqual({ now: { value: 72, version: 12 }, changed: true });
    expect(store.calls).toEqual({ read: 1, save: 8 });
  });

  it('fails when others are faster eight times', async () => {
    const store = storeOf({ value: 1, version: 4 }, 8);

    await expect(saved(store)).rejects.toMatchObject({ code: 'internal' });
    expect(store.calls.save).toBe(8);
  });

  it('may change nothing, also of what others have saved', async () => {
    const once = (thing: Thing) => (thing.value === 1 ? add(thing) : undefined);

    expect(await saved(storeOf({ value: 1, version: 4 }, 0), () => undefined)).toEqual({
      now: { value: 1, version: 4 },
      changed: false,
    });
    expect(await saved(storeOf({ value: 1, version: 4 }, 1), once)).toEqual({
      now: { value: 11, version: 5 },
      changed: false,
    });
  });

  it('finds no item, or none any more', async () => {
    expect(await saved(storeOf(undefined, 0))).toBeUndefined();
    expect(await saved(storeOf({ value: 1, version: 4 }, 1, true))).toBeUndefined();
  });
});
