import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
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

it('reads anything', () => {
  const piece = fc.constantFrom('<<', '>>', '/Type/Pages', '/Count 3', '/Type/ObjStm', 'stream\n', 'endstream', ' ');
  fc.assert(fc.property(fc.array(piece), pieces => void pdfPageCount(Buffer.from(pieces.join('')))));
});
