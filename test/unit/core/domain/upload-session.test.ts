import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cutAtWindows,
  holesIn,
  isFullWindow,
  isUnderWay,
  layOut,
  madeOf,
  octetsOf,
  octetsOfPart,
  type Piece,
  partCount,
  runsBefore,
  runsByWindow,
  windowOctets,
  windowOf,
} from '../../../../shared/core/domain/upload-session.ts';

const smallPiece = fc.record({ offset: fc.nat(60), octets: fc.integer({ min: 1, max: 25 }) });
const pieces = fc
  .array(smallPiece, { maxLength: 30 })
  .map(list => list.map((piece, index): Piece => ({ ...piece, ordinal: index + 1 })));

/** The model: an array in which each octet has the ordinal of the piece that wrote it last. */
function written(list: Piece[]): number[] {
  const octets: number[] = [];
  for (const { offset, octets: count, ordinal } of list.toSorted((a, b) => a.ordinal - b.ordinal)) {
    for (let at = offset; at < offset + count; at++) octets[at] = ordinal;
  }
  return Array.from(octets, ordinal => ordinal ?? 0);
}

describe('laying out pieces', () => {
  it('assigns each octet to the piece written last, whatever the order of the listing', () => {
    fc.assert(
      fc.property(pieces, fc.infiniteStream(fc.nat()), (list, shuffle) => {
        const order = list.map(piece => [shuffle.next().value, piece] as const);
        const runs = layOut(order.toSorted((a, b) => a[0] - b[0]).map(([, piece]) => piece));

        const octets = written(list);
        const seen = octets.map(() => 0);
        for (const run of runs) {
          expect(run.from).toBeLessThan(run.to);
          for (let at = run.from; at < run.to; at++) seen[at] = run.piece.ordinal;
        }

        expect(seen).toEqual(octets);
        expect(runs.every((run, index) => index === 0 || (runs[index - 1]?.to ?? 0) <= run.from)).toBe(true);
        expect(runs.every(({ from, to, piece }) => from >= piece.offset && to <= piece.offset + piece.octets)).toBe(
          true,
        );
      }),
    );
  });

  it('reports exactly the octets that were never written as gaps', () => {
    fc.assert(
      fc.property(pieces, list => {
        const octets = written(list);
        const holes = new Set(octets.flatMap((ordinal, at) => (ordinal === 0 ? [at] : [])));

        const named = holesIn(layOut(list)).flatMap(({ from, to }) =>
          Array.from({ length: to - from }, (_, i) => from + i),
        );

        expect(new Set(named)).toEqual(holes);
      }),
    );
  });

  it('keeps its result when any piece is written again', () => {
    fc.assert(
      fc.property(pieces, list => {
        const again = list.map(piece => ({ ...piece, ordinal: piece.ordinal + list.length }));

        const covered = (runs: ReturnType<typeof layOut>) =>
          runs.map(({ from, to, piece }) => [from, to, piece.offset]);
        const once = layOut(list);
        const twice = layOut([...list, ...again]);

        expect(covered(twice)).toEqual(covered(once));
      }),
    );
  });

  it('lays out a gigabyte of shuffled segments', () => {
    const segment = 512_000;
    const list = Array.from(
      { length: 2098 },
      (_, i): Piece => ({ offset: ((i * 1009) % 2098) * segment, octets: segment, ordinal: i }),
    );

    const runs = layOut(list);

    expect(runs.length).toBe(2098);
    expect(holesIn(runs)).toEqual([]);
  });
});

describe('windows', () => {
  const anySegment = fc.tuple(fc.nat(4 * windowOctets), fc.integer({ min: 1, max: 3 * windowOctets }));

  it('cut a segment into pieces that follow each other and cross no border', () => {
    fc.assert(
      fc.property(anySegment, ([offset, octets]) => {
        const cuts = cutAtWindows(offset, octets);

        expect(cuts[0]).toMatchObject({ offset, start: 0 });
        expect(cuts.at(-1)?.end).toBe(octets);
        cuts.forEach((cut, index) => {
          expect(cut.offset).toBe(offset + cut.start);
          expect(cut.start).toBe(index === 0 ? 0 : cuts[index - 1]?.end);
          expect(windowOf(cut.offset)).toBe(windowOf(cut.offset + cut.end - cut.start - 1));
        });
      }),
    );
  });

  it('are full only when every octet up to their border was written', () => {
    const half = windowOctets / 2;
    const piece = (offset: number, octets: number, ordinal = 1): Piece => ({ offset, octets, ordinal });
    const second = windowOctets;

    expect(isFullWindow(0, layOut([piece(0, windowOctets)]))).toBe(true);
    expect(isFullWindow(0, layOut([piece(0, half)]))).toBe(false);
    expect(isFullWindow(0, layOut([piece(half, half)]))).toBe(false);
    expect(isFullWindow(0, layOut([piece(0, half - 1), piece(half, half)]))).toBe(false);
    expect(isFullWindow(1, layOut([piece(second + half, half, 2), piece(second, half, 1)]))).toBe(true);
  });

  it('are distinguished by the runs they are composed from', () => {
    const first: Piece = { offset: 0, octets: windowOctets, ordinal: 1 };
    const later: Piece = { offset: 5, octets: 1, ordinal: 2 };

    expect(madeOf(layOut([first]))).not.toBe(madeOf(layOut([first, later])));
    expect([...runsByWindow(layOut([first, { ...later, offset: windowOctets }])).keys()]).toEqual([0, 1]);
  });

  it('are valid S3 parts: at most 10,000, each but the last above 5 MiB', () => {
    const largest = 2 * 1024 ** 3;

    expect(windowOctets).toBeGreaterThanOrEqual(5 * 1024 * 1024);
    expect(windowOf(largest - 1) + 1).toBeLessThanOrEqual(10_000);
  });
});

describe('runs', () => {
  it('before an octet are those of the pieces cut there', () => {
    fc.assert(
      fc.property(pieces, fc.nat(90), (list, end) => {
        const cut = list.flatMap(piece => {
          const octets = Math.min(piece.octets, end - piece.offset);
          return octets > 0 ? [{ ...piece, octets }] : [];
        });
        const bounds = (runs: ReturnType<typeof layOut>) =>
          runs.map(({ from, to, piece }) => [from, to, piece.ordinal]);

        expect(bounds(runsBefore(layOut(list), end))).toEqual(bounds(layOut(cut)));
      }),
    );
  });

  it('that follow each other are read from their pieces', async () => {
    const read = async ({ offset, octets, ordinal }: Piece) =>
      Uint8Array.from({ length: octets }, (_, index) => ordinal * 100 + ((offset + index) % 100));
    const piece = (offset: number, octets: number, ordinal: number): Piece => ({ offset, octets, ordinal });
    const octets = async (...list: Piece[]) => [...(await octetsOf(layOut(list), read))];

    expect(await octets(piece(3, 4, 1))).toEqual([103, 104, 105, 106]);
    expect(await octets(piece(0, 4, 1), piece(1, 2, 2), piece(4, 1, 1))).toEqual([100, 201, 202, 103, 104]);
    expect(await octets()).toEqual([]);
  });
});

it('the parts of a direct upload are full but for the last, and together the document', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 100 }), (octets, partOctets) => {
      const upload = { octets, partOctets };
      const sizes = Array.from({ length: partCount(upload) }, (_, index) => octetsOfPart(upload, index + 1));

      expect(sizes.slice(0, -1).every(size => size === partOctets)).toBe(true);
      expect(sizes.at(-1)).toBeGreaterThan(0);
      expect(sizes.reduce((sum, size) => sum + size)).toBe(octets);
    }),
  );
});

it('an upload is under way until it has ended', () => {
  const states = ['open', 'closing', 'closed', 'completed', 'aborted', 'expired'] as const;

  expect(states.filter(state => isUnderWay({ state }))).toEqual(['open', 'closing', 'closed']);
});
