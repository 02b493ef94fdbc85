import { expect, test } from 'vitest';
import { type Fault, runScene } from '../../doubles/faults/fault-scene.ts';
import { randomOf } from '../../doubles/seeded-random.ts';
import { Days, daysKinds } from '../faults/days.ts';

test.each([...daysKinds, 'copied' as const])(
  'days of the kind "%s": nothing lost, nothing twice, no lie, nothing stuck',
  async kind => {
    const { doubles, lies, lost, stuck } = await Days.run(randomOf(1), kind);

    expect({ doubles, lies, lost, stuck }).toEqual({ doubles: [], lies: [], lost: [], stuck: [] });
  },
);

/** The faults that once printed twice, or after a cancel; all of them with many seeds: `npm run test:faults`. */
const once: Fault[] = [
  'folder of the relay put back',
  'folder of the relay put back from before a first octet',
  'folder of the server put back',
  'relay cloned',
  'jobs canceled',
];

test.each(once)('with the fault "%s" nothing is printed twice, and no state is wrong', async fault => {
  const { doubles, lies, lost } = await runScene({ faults: [fault], random: () => 0.5, patienceMilliseconds: 12_000 });

  expect({ doubles, lies, lost }).toEqual({ doubles: [], lies: [], lost: [] });
});
