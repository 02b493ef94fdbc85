import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePageRanges, selectPages } from '../../../../shared/adapters/convert/pdf/page-ranges.ts';

test.each([
  ['', 5, [1, 2, 3, 4, 5]],
  ['2', 5, [2]],
  ['1,3-4', 5, [1, 3, 4]],
  [' 4 - 5 , 1 ', 5, [1, 4, 5]],
  ['3-', 5, [3, 4, 5]],
  ['4-99', 5, [4, 5]],
  ['2-3,3-4', 5, [2, 3, 4]],
])('%s of %i pages is %j', (text, count, expected) => {
  expect(selectPages(count, parsePageRanges(text))).toEqual(expected);
});

test.each(['0', '-3', '5-2', 'x', '1,,2', '1-2-3', '1 2', '1;2', '1.5'])('%s is refused', text => {
  expect(() => parsePageRanges(text)).toThrow(expect.objectContaining({ code: 'bad-page-range' }));
});

test('a range beyond the last page is refused', () => {
  expect(() => selectPages(5, parsePageRanges('6-9'))).toThrow(/the document has 5/);
});

test('negative numbers count from the end', () => {
  expect(selectPages(5, [{ from: -2 }])).toEqual([4, 5]);
  expect(selectPages(5, [{ from: -1, to: -1 }])).toEqual([5]);
});

test('passes go by the number in the document', () => {
  expect(selectPages(6, parsePageRanges('2-5'), 'odd')).toEqual([3, 5]);
  expect(selectPages(6, parsePageRanges('2-5'), 'even')).toEqual([2, 4]);
  expect(() => selectPages(1, [], 'even')).toThrow();
});

test('the odd and the even pass together are all pages, each once', () => {
  const range = fc.record({ from: fc.integer({ min: 1, max: 60 }), more: fc.integer({ min: 0, max: 60 }) });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.array(range, { maxLength: 5 }), (count, parts) => {
      const text = ['1-2', ...parts.map(({ from, more }) => `${from}-${from + more}`)].join(',');
      const ranges = parsePageRanges(text);
      const passes = [...selectPages(count, ranges, 'odd'), ...selectPages(count, ranges, 'even')];
      const wanted = (page: number) => page <= 2 || parts.some(({ from, more }) => page >= from && page <= from + more);
      const all = selectPages(count, ranges);
      expect(passes.sort((a, b) => a - b)).toEqual(all);
      expect(all).toEqual(Array.from({ length: count }, (_, index) => index + 1).filter(wanted));
    }),
  );
});
