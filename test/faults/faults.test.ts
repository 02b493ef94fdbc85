import { afterAll, expect, test } from 'vitest';
import { type Fault, faults, runScene, type Verdict } from '../../doubles/fault-scene.ts';

/*
 * Each fault with `SEEDS` seeds from `SEED` on: `SEED=7 SEEDS=20 npm run test:faults`. A table of what came of them ends
 * the run. A doubt about a job that a copy of the relay did not know is settled within two minutes.
 */
const first = Number(process.env.SEED ?? 1);
const seeds = Array.from({ length: Number(process.env.SEEDS ?? 2) }, (_, index) => first + index);
const rows: { fault: Fault; seed: number; verdict: Verdict }[] = [];

const cases = (Object.keys(faults) as Fault[]).flatMap(fault => seeds.map(seed => [fault, seed] as const));

test.each(cases)('%s, seed %d: nothing lost, nothing twice, no lie, nothing open', async (fault, seed) => {
  const verdict = await runScene({ fault, random: randomOf(seed), patienceMilliseconds: 180_000 });
  rows.push({ fault, seed, verdict });

  const { doubles, lies, lost, open } = verdict;
  expect({ doubles, lies, lost, open }).toEqual({ doubles: [], lies: [], lost: [], open: [] });
});

afterAll(() => {
  console.table(
    rows.map(({ fault, seed, verdict: { doubles, lies, lost, open, ...counts } }) => ({
      ...{ fault, seed, ...counts },
      ...{ doubles: doubles.length, lies: lies.length, lost: lost.length, open: open.length },
    })),
  );
});

/** Numbers from 0 to 1 that are the same for the same seed: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
