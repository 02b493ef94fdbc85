import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OctetRanges } from '../../../../shared/adapters/embedded/uploads/octet-ranges.ts';

const claims = fc.array(
  fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 10 })).map(([from, octets]) => ({ from, to: from + octets })),
  { maxLength: 40 },
);

test('each octet is claimed once, in whatever order', () => {
  fc.assert(
    fc.property(claims, given => {
      const ranges = new OctetRanges();
      const claimed = new Set<number>();
      for (const { from, to } of given) {
        const octets = Array.from({ length: to - from }, (_, index) => from + index);
        const isFree = octets.every(octet => !claimed.has(octet));

        expect(ranges.take(from, to)).toBe(isFree);
        if (isFree) for (const octet of octets) claimed.add(octet);
      }
    }),
    { numRuns: 300 },
  );
});

test('nothing is claimed after it was cleared', () => {
  const ranges = new OctetRanges();
  ranges.take(0, 10);

  ranges.clear();

  expect(ranges.take(5, 6)).toBe(true);
});
