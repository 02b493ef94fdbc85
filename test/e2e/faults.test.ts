import { expect, test } from 'vitest';
import { type Fault, runScene } from '../../doubles/faults/fault-scene.ts';

/** The faults that once printed twice, or after a cancel; all of them with many seeds: `npm run test:faults`. */
const once: Fault[] = [
  'folder of the relay put back',
  'folder of the server put back',
  'relay cloned',
  'jobs canceled',
];

test.each(once)('with the fault "%s" nothing is printed twice, and no state is wrong', async fault => {
  const { doubles, lies, lost } = await runScene({ faults: [fault], random: () => 0.5, patienceMilliseconds: 12_000 });

  expect({ doubles, lies, lost }).toEqual({ doubles: [], lies: [], lost: [] });
});
