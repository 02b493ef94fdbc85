import { describe, expect, test } from 'vitest';
import { handleRelayEvent } from '../../../../shared/core/usecases/jobs/relay-events.ts';
import { makeMemory } from '../../../../shared/core/usecases/memory.ts';
import { openWorld, relayId } from '../../world.ts';

describe('a cached lookup', () => {
  test('is repeated when it has expired, and immediately if nothing was found', async () => {
    const remembered = makeMemory<string>(30);
    const registry = {};
    const answers = [undefined, 'first', 'second'];
    const look = (now: number) => remembered(registry, 'name', now, async () => answers.shift());

    expect([await look(0), await look(0), await look(29), await look(30)]).toEqual([
      undefined,
      'first',
      'first',
      'second',
    ]);
  });

  test('is not shared with another registry', async () => {
    const remembered = makeMemory<string>(30);

    await remembered({}, 'name', 0, async () => 'one');

    expect(await remembered({}, 'name', 0, async () => 'other')).toBe('other');
  });

  test('accepts a replaced relay for at most 30 seconds', async () => {
    const { ports, sent, wait, close } = await openWorld();
    const ask = () => handleRelayEvent(ports, { type: 'fetch', relayId });
    await ask();
    const relay = await ports.registry.getRelay(relayId);
    await ports.registry.putRelay({ ...relay, relayId, revoked: true } as NonNullable<typeof relay>);

    wait(30_000);
    await ask();

    expect(sent).toHaveLength(1);
    await close();
  });
});
