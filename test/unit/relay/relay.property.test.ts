import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomOf } from '../../../doubles/seeded-random.ts';
import { keyOf } from '../../../relay/held-job.ts';
import { FaultyWorld } from './faulty-world.ts';
import { ticket } from './relay-fixture.ts';

const chance = (most: number) => fc.double({ min: 0, max: most, noNaN: true });

const worlds = fc.record({
  seed: fc.integer(),
  devices: fc.array(fc.constantFrom('office', 'stores'), { minLength: 1, maxLength: 8 }),
  chances: fc.record({
    lost: chance(0.4),
    repeated: chance(0.5),
    killed: chance(0.2),
    busy: chance(0.3),
    canceled: fc.constantFrom(0, 0, 0.02),
  }),
});

test('with messages lost, repeated and reordered, and the relay killed at any write, each job prints at most once, in order, and its end is the truth and becomes known', async () => {
  let [kills, noted] = [0, 0];
  await fc.assert(
    fc.asyncProperty(worlds, async ({ seed, devices, chances }) => {
      const tickets = devices.map((deviceId, index) => ticket(index + 1, { deviceId }));
      const world = new FaultyWorld(tickets, chances, randomOf(seed));

      await world.run();

      kills += world.kills;
      noted += world.noted;
      expect(world.broken).toEqual([]);
      for (const [, keys] of world.paper) {
        expect(keys).toEqual([...new Set(keys)]);
        expect(keys).toEqual(keys.toSorted());
      }
      for (const { ticket, last, isCancelRequested } of world.jobs) {
        const isPrinted = world.paper.get(ticket.deviceId)?.includes(keyOf(ticket)) ?? false;
        if (last?.state === 'completed') expect(isPrinted).toBe(true);
        if (last?.state === 'canceled') expect(isCancelRequested).toBe(true);
        if (last?.state === 'aborted' || last?.state === 'canceled' || !last) expect(isPrinted).toBe(false);
      }
    }),
    { numRuns: 120 },
  );
  expect(kills).toBeGreaterThan(0);
  expect(noted).toBeGreaterThan(0);
}, 120_000);
