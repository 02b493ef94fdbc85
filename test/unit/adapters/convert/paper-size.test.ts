import { expect, test } from 'vitest';
import { orient } from '../../../../shared/adapters/convert/paper-size.ts';
import { paperByName, parseLength, parseMargins, parsePaperSize } from '../../../../shared/core/domain/paper-size.ts';

test.each([
  ['A4', 210, 297],
  ['a0', 841, 1189],
  ['letter', 215.9, 279.4],
  ['Ledger', 431.8, 279.4],
  ['B4', 257, 364],
  ['100mm 5cm', 100, 50],
  ['4in 6in', 101.6, 152.4],
  ['200x200', 52.917, 52.917],
  ['96px 192px', 25.4, 50.8],
  ['96px x 192px', 25.4, 50.8],
  ['96 192', 25.4, 50.8],
  ['100x150mm', 100, 150],
  ['4 x 6in', 101.6, 152.4],
  ['10cm 150', 100, 1500],
  ['10.25cm 5.08cm', 102.5, 50.8],
  ['.75in 0.5in', 19.05, 12.7],
  ['1.in 2in', 25.4, 50.8],
  ['a5', 148, 210],
])('%s is %f by %f mm', (text, width, height) => {
  const size = parsePaperSize(text);
  expect(size.width).toBeCloseTo(width, 2);
  expect(size.height).toBeCloseTo(height, 2);
});

test.each([
  'A99',
  '',
  '10',
  '1mm 1mm',
  '10 10 10',
  '100 100 100',
  'x',
  '99999 99999',
  '-5 5',
  'constructor',
  '__proto__',
])('"%s" is no paper', text => {
  expect(() => parsePaperSize(text)).toThrow(expect.objectContaining({ code: 'bad-value' }));
});

test('lengths and margins have units', () => {
  expect(parseLength('1in', 'mm')).toBe(25.4);
  expect(parseLength(0.5, 'in')).toBe(12.7);
  expect(parseLength('72pt', 'mm')).toBeCloseTo(25.4);
  expect(parseLength('ten', 'mm')).toBeUndefined();
  expect(parseMargins('10mm')).toEqual({ top: 10, right: 10, bottom: 10, left: 10 });
  expect(parseMargins('1mm 2mm 3mm')).toEqual({ top: 1, right: 2, bottom: 3, left: 2 });
  expect(parseMargins('1mm 2mm 3mm 4mm')).toEqual({ top: 1, right: 2, bottom: 3, left: 4 });
  for (const text of ['auto', '', '1mm 2mm 3mm 4mm 5mm', '1mm 2x', '1mm 2mm 3mm .'])
    expect(() => parseMargins(text)).toThrow(`Invalid margins "${text}"`);
});

test('orientation turns the paper whatever way it was named', () => {
  const ledger = paperByName('ledger')!;
  expect(orient(ledger, 'portrait')).toEqual(paperByName('tabloid'));
  expect(orient(ledger, 'landscape')).toEqual(ledger);
});
