import { crc32 } from 'node:zlib';
import { degrees, PDFDocument, StandardFonts } from '@cantoo/pdf-lib';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { pdfOperations } from '../../../../shared/adapters/convert/pdf/pdf.ts';
import { openPdfWorker } from '../../../../shared/adapters/convert/pdf/pdf-worker.ts';

const { countPages, fitPdf, imagesToPdf, mergePdfs, pdfInfo, picturesOfPdf, selectPdfPages, splitPdf, textOfPdf } =
  pdfOperations;

/** Pages with their number as text, in a given size in points. */
async function makePdf(pages: number, [width, height] = [595, 842], change?: (document: PDFDocument) => void) {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (let page = 1; page <= pages; page++) {
    document.addPage([width!, height!]).drawText(`page ${page}`, { x: 50, y: height! - 50, size: 20, font });
  }
  change?.(document);
  return document.save();
}
const encrypted = (userPassword: string) =>
  makePdf(2, [595, 842], document => document.encrypt({ userPassword, ownerPassword: 'owner' }));
const sizesOf = async (pdf: Uint8Array) =>
  (await PDFDocument.load(pdf)).getPages().map(page => [Math.round(page.getWidth()), Math.round(page.getHeight())]);

describe('reading', () => {
  test('counts pages and reads their text', async () => {
    const pdf = await makePdf(3);
    expect(await countPages(pdf)).toBe(3);
    expect((await textOfPdf(pdf, [3, 1])).map(text => text.trim())).toEqual(['page 3', 'page 1']);
  });

  test('returns the document properties', async () => {
    const pdf = await makePdf(2, [612, 792], document => {
      document.setTitle('Title');
      document.setAuthor('Author');
      document.getPage(0).setRotation(degrees(90));
    });
    const info = await pdfInfo(pdf);
    expect(info).toMatchObject({ pageCount: 2, title: 'Title', author: 'Author', encryption: undefined });
    expect(info.pageSize).toEqual({ width: 792, height: 612 });
    expect(info.creationDate).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test('opens a document with an owner password only, and reports that it is encrypted', async () => {
    const pdf = await encrypted('');
    expect(await countPages(pdf)).toBe(2);
    expect((await pdfInfo(pdf)).encryption?.version).toBeGreaterThan(0);
    expect((await textOfPdf(await selectPdfPages(pdf, [2])))[0]).toContain('page 2');
  });

  test.each([undefined, 'wrong'])('reports that password %s is wrong', async password => {
    const pdf = await encrypted('secret');
    const refused = expect.objectContaining({ code: 'encrypted-pdf' });
    await expect(countPages(pdf, password)).rejects.toEqual(refused);
    await expect(pdfInfo(pdf, password)).rejects.toEqual(refused);
    await expect(selectPdfPages(pdf, [1], password)).rejects.toEqual(refused);
    expect(await countPages(pdf, 'secret')).toBe(2);
    expect((await pdfInfo(pdf, 'secret')).pageCount).toBe(2);
  });

  test.each(['', 'hello', '%PDF-1.7\n%%EOF', '<html>'])('reports that "%s" is not a PDF', async text => {
    const bytes = Buffer.from(text);
    const refused = expect.objectContaining({ code: 'bad-pdf' });
    await expect(countPages(bytes)).rejects.toEqual(refused);
    await expect(pdfInfo(bytes)).rejects.toEqual(refused);
    await expect(mergePdfs([bytes])).rejects.toEqual(refused);
  });
});

describe('pages', () => {
  test('are selected in the requested order, and nothing of the others remains', async () => {
    const pdf = await selectPdfPages(await makePdf(4), [4, 2]);
    expect((await textOfPdf(pdf)).map(text => text.trim())).toEqual(['page 4', 'page 2']);
    expect(pdf.length).toBeLessThan((await makePdf(4)).length);
  });

  test('beyond the end are refused', async () => {
    await expect(selectPdfPages(await makePdf(2), [3])).rejects.toMatchObject({ code: 'page-out-of-range' });
    await expect(textOfPdf(await makePdf(2), [0])).rejects.toMatchObject({ code: 'page-out-of-range' });
  });

  test('are split and merged', async () => {
    const parts = await splitPdf(await makePdf(4), [[1], [2, 3]]);
    expect(await Promise.all(parts.map(part => countPages(part)))).toEqual([1, 2]);
    const merged = await mergePdfs([...parts, await makePdf(1)]);
    expect((await textOfPdf(merged)).map(text => text.trim())).toEqual(['page 1', 'page 2', 'page 3', 'page 1']);
  });
});

describe('a preview of a page', () => {
  const sizeOf = async (pdf: Uint8Array, width: number) => {
    const [picture] = await picturesOfPdf(pdf, { dpi: 72, width, format: 'png', pages: [1] });
    const { width: wide, height } = await sharp(picture!.data).metadata();
    return { wide, height, octets: picture!.data.length };
  };

  test('has the width that was asked for, whatever the page', async () => {
    expect(await sizeOf(await makePdf(1, [595, 842]), 320)).toMatchObject({ wide: 320, height: 452 });
    expect((await sizeOf(await makePdf(1, [20, 20]), 320)).wide).toBe(320);
  });

  test('of a receipt of ten metres fits in an answer', async () => {
    const { wide, height, octets } = await sizeOf(await makePdf(1, [226, 14_000]), 1280);

    expect(wide * height).toBeLessThan(4_100_000);
    expect(octets).toBeLessThan(4 * 1024 * 1024);
  });
});

describe('fitting onto paper', () => {
  const a4 = { width: 210, height: 297 };

  /** Where ink is on the page, in points from its top left. */
  async function ink(pdf: Uint8Array) {
    const [picture] = await picturesOfPdf(pdf, { dpi: 72, format: 'png', pages: [1] });
    const { data, info } = await sharp(picture!.data).greyscale().raw().toBuffer({ resolveWithObject: true });
    const dark = [...data.entries()].filter(([, value]) => value < 128).map(([index]) => index);
    const [across, down] = [dark.map(index => index % info.width), dark.map(index => Math.floor(index / info.width))];
    const min = (list: number[]) => list.reduce((a, b) => Math.min(a, b));
    const max = (list: number[]) => list.reduce((a, b) => Math.max(a, b));
    return { left: min(across), right: max(across), top: min(down), bottom: max(down) };
  }
  /** A page all black. */
  const black = (width: number, height: number, turn = 0) =>
    makePdf(0, [0, 0], document => {
      const page = document.addPage([width, height]);
      page.drawRectangle({ x: 0, y: 0, width, height });
      page.setRotation(degrees(turn));
    });
  const close = (box: object, expected: Record<string, number>) => {
    for (const [side, value] of Object.entries(expected)) {
      expect(Math.abs((box as Record<string, number>)[side]! - value), side).toBeLessThanOrEqual(2);
    }
  };

  test.each([
    ['none', 200, 100, { left: 0, right: 199, top: 0, bottom: 99 }],
    ['shrink', 200, 100, { left: 0, right: 199, top: 0, bottom: 99 }],
    ['fit', 200, 100, { left: 0, right: 595, top: 0, bottom: 297 }],
    ['shrink', 1190, 842, { left: 0, right: 595, top: 0, bottom: 421 }],
    ['none', 1190, 1684, { left: 0, right: 594, top: 0, bottom: 841 }],
  ] as const)('%s puts %i by %i at the top left', async (scaling, width, height, expected) => {
    const pdf = await fitPdf(await black(width, height), { paper: a4, scaling, rotateAndCentre: false });
    expect(await sizesOf(pdf)).toEqual([[595, 842]]);
    close(await ink(pdf), expected);
  });

  test.each([0, 90, 180, 270])('a page already turned by %i stays as it is seen', async turn => {
    const pdf = await fitPdf(await black(200, 100, turn), { paper: a4, scaling: 'none', rotateAndCentre: false });
    close(
      await ink(pdf),
      turn % 180 === 0 ? { right: 199, bottom: 99, left: 0, top: 0 } : { right: 99, bottom: 199, left: 0, top: 0 },
    );
  });

  test('lying pages are turned and put in the middle', async () => {
    const pdf = await fitPdf(await black(300, 100), { paper: a4, scaling: 'none', rotateAndCentre: true });
    close(await ink(pdf), { left: 247, right: 347, top: 271, bottom: 571 });
    const lying = { width: 297, height: 210 };
    const kept = await fitPdf(await black(300, 100), { paper: lying, scaling: 'fit', rotateAndCentre: true });
    close(await ink(kept), { left: 0, right: 841, top: 157, bottom: 438 });
  });

  test('form fields move with their page', async () => {
    const source = await makePdf(1, [1190, 1684], document => {
      document
        .getForm()
        .createTextField('name')
        .addToPage(document.getPage(0), { x: 100, y: 200, width: 300, height: 40 });
    });
    const pdf = await fitPdf(source, { paper: a4, scaling: 'fit', rotateAndCentre: false });
    const [widget] = (await PDFDocument.load(pdf)).getForm().getTextField('name').acroField.getWidgets();
    close(widget!.getRectangle(), { x: 50, y: 100, width: 150, height: 20 });
  });
});

describe('images', () => {
  const picture = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0.5 } } });

  test.each(['png', 'jpeg', 'webp', 'gif', 'tiff'] as const)('%s becomes a page of its own size', async format => {
    const hasAlpha = format !== 'jpeg' && format !== 'tiff';
    const red = hasAlpha ? picture(192, 96) : picture(192, 96).flatten({ background: '#fff' });
    const pdf = await imagesToPdf([await red.withMetadata({ density: 96 }).toFormat(format).toBuffer()]);
    expect(await sizesOf(pdf)).toEqual([[144, 72]]);
    const [page] = await picturesOfPdf(pdf, { dpi: 72, format: 'png' });
    const { dominant } = await sharp(page!.data).stats();
    expect(dominant.r).toBeGreaterThan(150);
  });

  test('lie on the paper as they are, between the margins', async () => {
    const margins = { top: 10, right: 10, bottom: 10, left: 10 };
    const images = [await picture(200, 100).png().toBuffer(), await picture(100, 200).jpeg().toBuffer()];
    const pdf = await imagesToPdf(images, { paper: { width: 210, height: 297 }, margins });
    expect(await sizesOf(pdf)).toEqual([
      [842, 595],
      [595, 842],
    ]);
  });

  test('turned by their camera are turned back', async () => {
    const pdf = await imagesToPdf([
      await picture(192, 96).withMetadata({ orientation: 6, density: 96 }).jpeg().toBuffer(),
    ]);
    expect(await sizesOf(pdf)).toEqual([[72, 144]]);
  });

  test('of many pages become many pages', async () => {
    const tiff = await sharp({
      create: { width: 50, height: 60, channels: 3, background: 'red', pageHeight: 20 } as never,
    })
      .tiff()
      .toBuffer();
    expect((await sizesOf(await imagesToPdf([tiff, tiff]))).length).toBeGreaterThanOrEqual(2);
  });

  test('that are too large or none are refused', async () => {
    const bomb = await picture(1, 1).png().toBuffer();
    // Width, height and checksum of the first chunk: the announced size, before unpacking.
    bomb.writeUInt32BE(30_000, 16);
    bomb.writeUInt32BE(30_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    await expect(imagesToPdf([bomb])).rejects.toMatchObject({ code: 'too-large' });
    await expect(imagesToPdf([Buffer.from('no picture')])).rejects.toMatchObject({ code: 'bad-image' });
    const half = (await picture(300, 300).png().toBuffer()).subarray(0, 200);
    await expect(imagesToPdf([half])).rejects.toMatchObject({ code: 'bad-image' });
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await expect(imagesToPdf([svg])).rejects.toMatchObject({ code: 'bad-image' });
  });
});

describe('the worker', () => {
  const worker = openPdfWorker();
  afterAll(() => worker.close());

  test('returns the same results and errors', async () => {
    expect(await worker.run('countPages', [await makePdf(3)], 10_000)).toBe(3);
    const bad = worker.run('countPages', [Buffer.from('x')], 10_000);
    await expect(bad).rejects.toMatchObject({ name: 'RenderError', code: 'bad-pdf' });
  });

  test('is ended at the deadline, and the next task works', async () => {
    const pdf = await makePdf(200);
    await expect(worker.run('picturesOfPdf', [pdf, { dpi: 150, format: 'png' }], 50)).rejects.toMatchObject({
      code: 'timeout',
    });
    expect(await worker.run('countPages', [pdf], 10_000)).toBe(200);
  });

  test('gives a typed error or a result for any damage', async () => {
    const pdf = Buffer.from(await makePdf(3));
    const damage = fc.record({
      at: fc.integer({ min: 0, max: pdf.length - 1 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      cut: fc.boolean(),
    });
    const property = fc.asyncProperty(damage, async ({ at, bytes, cut }) => {
      const broken = Buffer.from(pdf);
      broken.set(bytes.subarray(0, pdf.length - at), at);
      const bad = cut ? broken.subarray(0, at) : broken;
      const outcome = await worker.run('selectPdfPages', [bad, [1]], 5_000).then(
        () => 'done',
        error => error.code,
      );
      expect(['done', 'bad-pdf', 'encrypted-pdf', 'page-out-of-range', 'timeout']).toContain(outcome);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
