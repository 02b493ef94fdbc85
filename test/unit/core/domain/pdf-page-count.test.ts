import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { deflateSync } from 'node:zlib';
import { PDFDocument } from '@cantoo/pdf-lib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pdfPageCount } from '../../../../shared/core/domain/pdf-page-count.ts';

async function pdfOf(pages: number, useObjectStreams: boolean): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  for (let page = 0; page < pages; page++) document.addPage();
  return await document.save({ useObjectStreams });
}

it.each([true, false])('counts the pages of a PDF, with object streams: %s', async useObjectStreams => {
  for (const pages of [1, 2, 37]) expect(pdfPageCount(await pdfOf(pages, useObjectStreams))).toBe(pages);
});

it('counts the pages of the sample', () => {
  expect(pdfPageCount(readFileSync(resolve(import.meta.dirname, '../../../../examples/sample.pdf')))).toBe(1);
});

it('does not guess', () => {
  expect(pdfPageCount(Buffer.from('%PDF-1.7\n%%EOF'))).toBeUndefined();
  expect(pdfPageCount(Buffer.from('<</Type/Pages/Parent 2 0 R/Count 3>>'))).toBeUndefined();
});

it.each<[number | undefined, string]>([
  [3, '<< /Type /Pages /Count 3 >>'],
  [3, '<</Count 3/Type/Pages/Kids[<</A 1>>]>>'],
  [3, '<</Kids<</Count 9>>/Type/Pages/Count 3>>'],
  [7, '<</Type/Pages/Count 3>> <</Type/Pages/Count 7>>'],
  [3, '<</Type/Pages/Count 3>> <</Type/Pages/Parent 1 0 R/Count 7>>'],
  [undefined, '<</Type/PagesX/Count 3>>'],
  [undefined, '<</Type/Pages>> <</Count 3>>'],
  [undefined, '<</Type/Pages/Count 12345678>>'],
  [undefined, '<</Type/Pages/Count x>>'],
  [undefined, '/Type/Pages/Count 3'],
  [undefined, '<</Type/Pages/Count 3'],
])('counts %s in %s', (count, text) => {
  expect(pdfPageCount(Buffer.from(text))).toBe(count);
});

it('looks into compressed objects, and passes those that it cannot read', () => {
  const packed = (text: string, begin = 'stream\r\n') =>
    Buffer.concat([Buffer.from(`<</Type/ObjStm>>${begin}`), deflateSync(text), Buffer.from('endstream ')]);
  const tree = '<</Type/Pages/Count 4>>';

  expect(pdfPageCount(packed(tree))).toBe(4);
  expect(pdfPageCount(packed(tree, 'stream\n'))).toBe(4);
  expect(pdfPageCount(Buffer.concat([packed(tree), packed('<</Type/Pages/Count 5>>')]))).toBe(5);
  expect(pdfPageCount(Buffer.concat([Buffer.from('<</Type/ObjStm>>stream\nnonsense endstream'), packed(tree)]))).toBe(
    4,
  );
  expect(
    pdfPageCount(Buffer.concat([Buffer.from('<</Type/ObjStm>>'), Buffer.from(' '.repeat(5000)), packed(tree)])),
  ).toBe(4);
  expect(pdfPageCount(packed(tree + ' '.repeat(1024 * 1024)))).toBeUndefined();
  expect(pdfPageCount(packed(tree).subarray(0, -10))).toBe(4);
});

it('reads octets from their own place in a larger buffer', () => {
  const whole = Buffer.from('<</Type/Pages/Count 3>><</Type/Pages/Count 9>>');

  expect(pdfPageCount(whole.subarray(0, 23))).toBe(3);
});

it('reads anything', () => {
  const piece = fc.constantFrom('<<', '>>', '/Type/Pages', '/Count 3', '/Type/ObjStm', 'stream\n', 'endstream', ' ');
  fc.assert(fc.property(fc.array(piece), pieces => void pdfPageCount(Buffer.from(pieces.join('')))));
});
