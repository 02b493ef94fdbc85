import { PDFDocument, PDFName, PDFNumber, StandardFonts } from '@cantoo/pdf-lib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { pdfOperations } from '../../../../shared/adapters/convert/pdf/pdf.ts';

const { countPages, fitPdf, mergePdfs, pdfInfo, picturesOfPdf, textOfPdf } = pdfOperations;
const a4 = { width: 210, height: 297 };

async function onePage(
  change: (document: PDFDocument) => void,
  size: [number, number] = [300, 400],
): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  document.addPage(size).drawText('hello', { x: 20, y: 20, font: await document.embedFont(StandardFonts.Helvetica) });
  change(document);
  return document.save();
}

test('units of two points make everything twice as large', async () => {
  const pdf = await onePage(document => document.getPage(0).node.set(PDFName.of('UserUnit'), PDFNumber.of(2)));
  expect((await pdfInfo(pdf)).pageSize).toEqual({ width: 600, height: 800 });
  const [picture] = await picturesOfPdf(pdf, { dpi: 72, format: 'png' });
  expect(await sharp(picture!.data).metadata()).toMatchObject({ width: 600, height: 800 });

  const fitted = await fitPdf(pdf, { paper: a4, scaling: 'fit', rotateAndCentre: true });
  const page = (await PDFDocument.load(fitted)).getPage(0);
  expect(page.node.get(PDFName.of('UserUnit'))).toBeUndefined();
  expect([page.getWidth(), page.getHeight()].map(Math.round)).toEqual([595, 842]);
});

test('a page that does not say how large it is is Letter, for every call', async () => {
  const pdf = await onePage(document => document.getPage(0).node.delete(PDFName.of('MediaBox')));
  expect(await countPages(pdf)).toBe(1);
  expect((await pdfInfo(pdf)).pageSize).toEqual({ width: 612, height: 792 });
  await expect(fitPdf(pdf, { paper: a4, scaling: 'fit', rotateAndCentre: true })).resolves.toBeDefined();
});

test('a crop box counts as far as it lies on the sheet', async () => {
  const pdf = await onePage(document => document.getPage(0).setCropBox(100, 100, 10_000, 10_000));
  expect((await pdfInfo(pdf)).pageSize).toEqual({ width: 200, height: 300 });
});

test('octets before the header and after the end do no harm', async () => {
  const pdf = await onePage(() => {});
  const wrapped = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), pdf, Buffer.from('\n<p>trailer</p>')]);
  expect((await pdfInfo(wrapped)).pageCount).toBe(1);
  expect(await countPages(await mergePdfs([wrapped, pdf]))).toBe(2);
  expect((await textOfPdf(wrapped))[0]).toContain('hello');
});

test('the text of a page has what was filled in, but not what is hidden', async () => {
  const pdf = await onePage(document => {
    const field = document.getForm().createTextField('name');
    field.setText('ALICE');
    field.addToPage(document.getPage(0), { x: 20, y: 100, width: 200, height: 30 });
    const hidden = document.getForm().createTextField('secret');
    hidden.setText('MALLORY');
    hidden.addToPage(document.getPage(0), { x: 20, y: 200, width: 200, height: 30, hidden: true });
  });
  const [text] = await textOfPdf(pdf);
  expect(text).toContain('ALICE');
  expect(text).not.toContain('MALLORY');
});
