import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { key, openWorld, printOnlyKey, startedAt, type World } from '../../../world.ts';

const minute = 60_000;

describe('the last use of a key', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  const get = (path: string, secret: string) =>
    world.call({ method: 'GET', path: `/platen/v1/${path}`, headers: { authorization: `Bearer ${secret}` } });

  async function lastUses(): Promise<Record<string, string | undefined>> {
    const { keys } = JSON.parse((await get('keys', key)).body ?? '');
    return Object.fromEntries(
      keys.map(({ name, lastUsedAt }: { name: string; lastUsedAt?: string }) => [name, lastUsedAt]),
    );
  }
  const timeAfter = (milliseconds: number) => new Date(startedAt + milliseconds).toISOString();

  it('is listed, of keys that were used', async () => {
    expect(await lastUses()).toEqual({ test: timeAfter(0), 'print only': undefined });

    world.wait(5 * minute);
    await get('printers', printOnlyKey);

    expect(await lastUses()).toEqual({ test: timeAfter(0), 'print only': timeAfter(5 * minute) });
  });

  it('is written once an hour', async () => {
    const note = vi.spyOn(world.ports.registry, 'noteKeyUse');

    for (let call = 0; call < 4; call++) {
      await get('printers', printOnlyKey);
      world.wait(25 * minute);
    }

    expect(note.mock.calls.map(([, at]) => at)).toEqual([startedAt, startedAt + 75 * minute]);
  });

  it('is not written for a key that is refused', async () => {
    const note = vi.spyOn(world.ports.registry, 'noteKeyUse');

    expect((await get('printers', 'unknown')).statusCode).toBe(401);

    expect(note).not.toHaveBeenCalled();
  });

  it('does not refuse a request when it cannot be written', async () => {
    vi.spyOn(world.ports.registry, 'noteKeyUse').mockRejectedValue(new Error('The table is throttled.'));

    expect((await get('printers', printOnlyKey)).statusCode).toBe(200);
  });
});
