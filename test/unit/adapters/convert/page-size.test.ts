import { expect, test } from 'vitest';
import { ownPageSize, turnedPages } from '../../../../shared/adapters/convert/page/page-size.ts';

const a4 = { width: 210, height: 297 };
const rule = (size: string, selector = '') => ({ selector, size });

test.each([
  ['4in 6in', 101.6, 152.4],
  ['100mm', 100, 100],
  ['a5', 148, 210],
  ['A5 landscape', 210, 148],
  ['landscape letter', 279.4, 215.9],
  ['landscape', 297, 210],
  ['portrait', 210, 297],
  ['jis-b5', 182, 257],
])('a document of the size %s', (size, width, height) => {
  expect(ownPageSize([rule(size)], a4)).toEqual({ width: expect.closeTo(width), height: expect.closeTo(height) });
});

test('a document that leaves its size open', () => {
  expect(ownPageSize([], a4)).toBeUndefined();
  expect(ownPageSize([rule('auto'), rule('A3', 'wide'), rule('A3', ':first')], a4)).toBeUndefined();
  expect(ownPageSize([rule('1in 2in 3in')], a4)).toBeUndefined();
});

test('the last rule counts', () => {
  expect(ownPageSize([rule('A3'), rule('A5')], a4)).toEqual({ width: 148, height: 210 });
});

test('named pages lie on their side where the paper is upright', () => {
  const rules = [rule('A4'), rule('A4 landscape', 'wide'), rule('A4', 'upright'), rule('landscape', ':first')];
  expect(turnedPages(rules, a4)).toEqual(['wide']);
  expect(turnedPages(rules, { width: 297, height: 210 })).toEqual([]);
});
