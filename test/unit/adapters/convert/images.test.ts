import { PDFDocument } from '@cantoo/pdf-lib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { pdfOperations } from '../../../../shared/adapters/convert/pdf/pdf.ts';

const { imagesToPdf, picturesOfPdf } = pdfOperations;

const blank = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#c00' } });
/** In points, to a tenth. */
const sizeOf = async (image: Uint8Array, page = 0) => {
  const { width, height } = (await PDFDocument.load(await imagesToPdf([image]))).getPage(page).getSize();
  return [width, height].map(length => Math.round(length * 10) / 10);
};

/** The same JPEG with a header that says how dense it is [JFIF 1.02]. */
function jfif(jpeg: Buffer, unit: number, x: number, y: number): Buffer {
  const header = Buffer.from('ffd8ffe000104a46494600010100000000000000', 'hex');
  header[13] = unit;
  header.writeUInt16BE(x, 14);
  header.writeUInt16BE(y, 16);
  return Buffer.concat([header, jpeg.subarray(2)]);
}

describe('an image is as large as it says', () => {
  test.each([
    ['204 by 98 dots an inch', 1, 204, 98, [72, 36]],
    ['80 by 40 dots a centimetre', 2, 80, 40, [72.3, 34.7]],
    ['pixels that are twice as wide as tall', 0, 1, 2, [153, 18.4]],
    ['nothing', 0, 1, 1, [153, 36.8]],
    ['a number that cannot be', 1, 1, 1, [153, 36.8]],
    ['another', 1, 60_000, 60_000, [153, 36.8]],
  ])('JPEG: %s', async (_, unit, x, y, size) => {
    const jpeg = await blank(204, 49).jpeg().toBuffer();
    expect(await sizeOf(jfif(jpeg, unit, x, y))).toEqual(size);
  });

  test.each(['png', 'gif', 'webp', 'jpeg', 'tiff', 'avif'] as const)(
    '%s: pixels of a screen otherwise',
    async format => {
      expect(await sizeOf(await blank(100, 50).toFormat(format).toBuffer())).toEqual([75, 37.5]);
    },
  );

  test('TIFF: both resolutions count', async () => {
    const tiff = await blank(204, 98)
      .tiff({ xres: 204 / 25.4, yres: 98 / 25.4 })
      .toBuffer();
    expect(await sizeOf(tiff)).toEqual([72, 72]);
  });

  test('PNG: dots a metre', async () => {
    expect(await sizeOf(await blank(300, 150).withMetadata({ density: 300 }).png().toBuffer())).toEqual([72, 36]);
  });
});

describe('a JPEG', () => {
  test('that was cut off is refused; octets behind its end do no harm', async () => {
    const jpeg = await blank(400, 400).jpeg().toBuffer();
    const cut = jpeg.subarray(0, Math.floor(jpeg.length * 0.7));
    await expect(imagesToPdf([cut])).rejects.toMatchObject({ code: 'bad-image', message: 'The image is damaged.' });
    await expect(imagesToPdf([Buffer.concat([jpeg, Buffer.from('\r\nmore')])])).resolves.toBeDefined();
  });

  test('keeps its colour profile', async () => {
    const jpeg = await blank(50, 50).withIccProfile('p3').jpeg().toBuffer();
    const pdf = await imagesToPdf([jpeg]);
    expect(Buffer.from(pdf).includes('ICCBased')).toBe(true);
    const [picture] = await picturesOfPdf(pdf, { dpi: 72, format: 'png' });
    const { dominant } = await sharp(picture!.data).stats();
    expect(dominant.r).toBeGreaterThan(190);
  });
});
