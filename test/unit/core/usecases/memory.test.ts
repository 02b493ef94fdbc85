import { describe, expect, test } from 'vitest';
import { handleRelayEvent } from '../../../../shared/core/usecases/jobs/relay-events.ts';
import { makeMemory } from '../../../../shared/core/usecases/memory.ts';
import { openWorld, relayId } from '../../world.ts';

describe('what was looked up', () => {
  test('is looked up again when its time is over, and at once when it was not there', async () => {
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

  test('is not known to another registry', async () => {
    const remembered = makeMemory<string>(30);

    await remembered({}, 'name', 0, async () => 'one');

    expect(await remembered({}, 'name', 0, async () => 'other')).toBe('other');
  });

  test('does not let a relay be heard for more than half a minute after it lost its place', async () => {
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
