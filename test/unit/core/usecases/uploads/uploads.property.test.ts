import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectBytes } from '../../../../../doubles/samples.ts';
import { windowOctets } from '../../../../../shared/core/domain/upload-session.ts';
import { openUploadWorld, type TestSegment, type Upload, type UploadWorld } from './upload-world.ts';

const seed = fc.nat(4096);

/** A few octets within a few hundred, so gaps, overlaps and repeats are frequent. */
const tinySegment = fc.record({ offset: fc.nat(300), octets: fc.integer({ min: 1, max: 120 }), seed });

/** Near a window border or far from it, up to more than a window long. */
const quarter = windowOctets / 4;
const nearQuarter = fc.tuple(fc.nat(11), fc.constantFrom(-7, 0, 0, 0, 13)).map(([count, off]) => count * quarter + off);
const largeSegment = fc.record({
  offset: nearQuarter.map(offset => Math.max(0, offset)),
  octets: fc.oneof(
    fc.integer({ min: 1, max: 5 }).map(count => count * quarter),
    fc.integer({ min: 1, max: 3_000_000 }),
  ),
  seed,
});

/** Rounds of segments: concurrent within a round, sequential between rounds. */
const roundsOf = (segment: fc.Arbitrary<TestSegment>, roundsAtMost: number) =>
  fc.array(
    fc.array(fc.oneof({ weight: 4, arbitrary: segment }, { weight: 1, arbitrary: fc.constant('repeat' as const) }), {
      minLength: 1,
      maxLength: 5,
    }),
    {
      minLength: 1,
      maxLength: roundsAtMost,
    },
  );

type Rounds = (TestSegment | 'repeat')[][];

/** `repeat` is one of the earlier segments. */
async function send(upload: Upload, rounds: Rounds): Promise<TestSegment[]> {
  const sent: TestSegment[] = [];
  for (const [index, round] of rounds.entries()) {
    const before = Math.max(0, ...upload.ordinals);
    const known = upload.ordinals.length;
    const segments = round.map(each => (each === 'repeat' ? sent[index % sent.length] : each));
    const real = segments.filter(segment => segment !== undefined);
    await Promise.all(real.map(async segment => expect(await upload.put(segment)).toBe(segment.octets)));
    sent.push(...real);
    // an acknowledged segment precedes one sent later
    expect(upload.ordinals.slice(known).every(ordinal => ordinal > before)).toBe(true);
  }
  return sent;
}

/** Submits until there are no gaps, sending the segments that the refusal names. */
async function completeAndCompare(upload: Upload): Promise<void> {
  if (upload.ordinals.length === 0) {
    await expect(upload.complete()).rejects.toMatchObject({ code: 'document-missing-bytes' });
    return;
  }
  const { holes } = upload.expected();
  if (holes.length > 0) {
    const refusal = await upload.complete().catch(error => error);
    const named = holes.slice(0, 10).map(({ from, to }) => `${from}-${to - 1}`);
    expect(refusal.code).toBe('document-missing-bytes');
    expect(refusal.message).toContain(`: ${named.join(', ')}${holes.length > 10 ? ' and' : '.'}`);
    for (const { from, to } of holes) await upload.put({ offset: from, octets: to - from, seed: 1 });
  }
  const submits = await Promise.all([upload.complete(), upload.complete(), upload.complete()]);
  const { document } = upload.expected();
  for (const session of submits) expect(session).toMatchObject({ state: 'completed', octets: document.length });
  expectBytes(await upload.content(), document);
}

describe('a document in segments', () => {
  let world: UploadWorld;
  beforeAll(async () => {
    world = await openUploadWorld();
  });
  afterAll(() => world.close());

  test.each([
    { reach: 'within one window', rounds: roundsOf(tinySegment, 8), numRuns: 60 },
    { reach: 'over several windows', rounds: roundsOf(largeSegment, 5), numRuns: 6 },
  ])(
    'equals a plain array, or its gaps are reported: $reach',
    async ({ rounds: someRounds, numRuns }) => {
      await fc.assert(
        fc.asyncProperty(someRounds, async rounds => {
          const upload = await world.open();
          await send(upload, rounds);

          await completeAndCompare(upload);
        }),
        { numRuns },
      );
    },
    120_000,
  );

  test('contains segments that arrived while their window was being composed', async () => {
    const late = fc.array(
      fc.record({ within: fc.nat(windowOctets - 1), octets: fc.integer({ min: 1, max: 900_000 }), seed }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(late, async segments => {
        const upload = await world.open();
        const waiting = [...segments];
        world.beforeComposing = async window => {
          const next = waiting.pop();
          if (!next) return;
          const octets = Math.min(next.octets, windowOctets - next.within);
          await upload.put({ offset: window * windowOctets + next.within, octets, seed: next.seed });
        };
        for (let offset = 0; offset < 2.5 * windowOctets; offset += quarter) {
          await upload.put({ offset, octets: quarter, seed: offset % 4096 });
        }
        world.beforeComposing = async () => {};

        await completeAndCompare(upload);
        expect(waiting.length).toBeLessThan(segments.length);
      }),
      { numRuns: 3 },
    );
  }, 120_000);

  test('is composed before the submit, except for its last window', async () => {
    const upload = await world.open();
    const octets = 400_000;
    const offsets = Array.from({ length: 84 }, (_, index) => ((index * 31) % 84) * octets);
    for (const offset of offsets) await upload.put({ offset, octets, seed: offset % 4093 });
    const before = world.composed;

    await completeAndCompare(upload);

    expect(before).toBeGreaterThanOrEqual(4);
    expect(world.composed - before).toBeLessThanOrEqual(3);
  });

  test('is composed anew when the store has other parts than were recorded', async () => {
    const upload = await world.open();
    for (let offset = 0; offset < 2.5 * windowOctets; offset += quarter) {
      await upload.put({ offset, octets: quarter, seed: offset % 4096 });
    }
    world.losesParts = true;

    await completeAndCompare(upload);
  });
});
