import { afterAll, expect, test } from 'vitest';
import { randomOf } from '../../doubles/seeded-random.ts';
import { Days, type DaysVerdict, type PlantedBug } from './days.ts';

/** Scenes of days on a clock of their own, `SEEDS` of them from `SEED` on: `SEEDS=500 npm run test:faults`. */
const first = Number(process.env.SEED ?? 1);
const seeds = Array.from({ length: Number(process.env.SEEDS ?? 20) }, (_, index) => first + index);
const rows: { seed: number; verdict: DaysVerdict }[] = [];

const wrongOf = ({ doubles, lies, lost, stuck }: DaysVerdict) => ({ doubles, lies, lost, stuck });

test.each(seeds)('days with seed %d: nothing lost, nothing twice, no lie, nothing stuck', async seed => {
  const verdict = await Days.run(randomOf(seed));
  rows.push({ seed, verdict });

  expect(wrongOf(verdict)).toEqual({ doubles: [], lies: [], lost: [], stuck: [] });
});

const planted: [PlantedBug, keyof ReturnType<typeof wrongOf>, RegExp][] = [
  ['doubles', 'doubles', /2 on paper/],
  ['lies', 'lies', /^completed.* 0 on paper/],
  ['lost', 'lost', /^aborted/],
  ['stuck', 'stuck', /^pending/],
  ['canceled-prints', 'lies', /came out after its end/],
  ['unconfirmed-without-reason', 'lies', /without a reason/],
];

test.each(planted)('the planted bug "%s" is found', async (bug, rule, text) => {
  let found: string[] = [];
  for (let seed = 1; seed <= 20 && found.length === 0; seed++) {
    found = (await Days.run(randomOf(seed), bug))[rule].filter(each => text.test(each));
  }

  expect(found).not.toEqual([]);
});

afterAll(() => {
  const verdicts = rows.map(({ verdict }) => verdict);
  const sum = (of: (verdict: DaysVerdict) => number) => verdicts.reduce((total, verdict) => total + of(verdict), 0);
  console.table({
    scenes: rows.length,
    completed: sum(({ completed }) => completed),
    canceled: sum(({ canceled }) => canceled),
    expired: sum(({ expired }) => expired),
    unconfirmed: sum(({ unconfirmed }) => unconfirmed.length),
    lost: sum(({ lost }) => lost.length),
    doubles: sum(({ doubles }) => doubles.length),
    lies: sum(({ lies }) => lies.length),
    stuck: sum(({ stuck }) => stuck.length),
  });
  const reasons = Object.groupBy(
    verdicts.flatMap(({ unconfirmed }) => unconfirmed),
    reason => reason,
  );
  console.table(Object.entries(reasons).map(([reason, all = []]) => ({ reason, jobs: all.length })));
  for (const { seed, verdict } of rows) {
    const wrong = wrongOf(verdict);
    if (Object.values(wrong).some(list => list.length > 0)) console.log(`seed ${seed}: ${JSON.stringify(wrong)}`);
  }
});
