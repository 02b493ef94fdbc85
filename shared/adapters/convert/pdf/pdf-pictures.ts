import { RenderError } from '../../web/render-error.ts';
import { textOfPage } from './page-text.ts';
import { readPdf } from './pdf-reader.ts';
import { openForChange } from './pdf-writer.ts';
import { seenPart } from './seen-part.ts';

export interface PictureOptions {
  /** 1-based; all when left out */
  pages?: number[];
  dpi: number;
  /** pixels, in place of `dpi` */
  width?: number;
  format: 'png' | 'jpeg';
  password?: string;
}

export interface PagePicture {
  page: number;
  data: Uint8Array;
}

/** With an octet for each pixel, a picture always fits in an answer. */
const maxPreviewPixels = 4_000_000;

/** A4 at 1280 pixels has 2.3 million; a receipt of three metres is made narrower. */
const previewScale = ({ width, height }: { width: number; height: number }, wanted: number) =>
  Math.min(wanted / width, Math.sqrt(maxPreviewPixels / (width * height)));

/** A0 at 300 dpi; PDFium takes four octets for each. */
const maxPixels = 140_000_000;

/**
 * Pages as pictures, on white.
 * @throws RenderError `too-large`, `page-out-of-range`, `encrypted-pdf`, `bad-pdf`
 */
export async function picturesOfPdf(pdf: Uint8Array, options: PictureOptions): Promise<PagePicture[]> {
  const { default: sharp } = await import('sharp');
  const units = await unitsOf(pdf, options.password);
  return readPdf(pdf, options.password, async document => {
    const pictures: PagePicture[] = [];
    for (const number of pagesOf(document.getPageCount(), options.pages)) {
      const page = document.getPage(number - 1);
      const { originalWidth, originalHeight } = page.getOriginalSize();
      const size = { width: originalWidth, height: originalHeight };
      const scale = options.width ? previewScale(size, options.width) : (options.dpi / 72) * (units[number - 1] ?? 1);
      if (originalWidth * originalHeight * scale * scale > maxPixels) {
        throw new RenderError('too-large', `Page ${number} is too large for a picture at ${options.dpi} dpi.`);
      }
      const { data, width, height } = await page.render({ scale, render: 'bitmap', renderFormFields: true });
      const picture = sharp(data, { raw: { width, height, channels: 4 } })
        .removeAlpha()
        .withMetadata({ density: options.dpi });
      const encoded = options.width ? picture.png({ palette: true, effort: 1 }) : picture.toFormat(options.format);
      pictures.push({ page: number, data: await encoded.toBuffer() });
    }
    return pictures;
  });
}

/** The text of each page, in the order of `pages`. */
export const textOfPdf = (pdf: Uint8Array, pages?: number[], password?: string): Promise<string[]> =>
  readPdf(pdf, password, document =>
    pagesOf(document.getPageCount(), pages).map(number => {
      const { module: pdfium, pageIdx } = document.getPage(number - 1) as unknown as {
        module: Flattening;
        pageIdx: number;
      };
      // what is filled into forms and written into notes is text of the page only after this
      pdfium._FPDFPage_Flatten(pageIdx, forScreen);
      return textOfPage(document.getPage(number - 1));
    }),
  );

interface Flattening {
  _FPDFPage_Flatten(page: number, usage: number): number;
}
const forScreen = 0;

/** The reader of pages does not know their units; the one of objects does, and takes its time. */
async function unitsOf(pdf: Uint8Array, password: string | undefined): Promise<number[]> {
  const bytes = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength);
  if (!bytes.includes('/UserUnit') && !bytes.includes('/ObjStm')) return [];
  // what it cannot open has points
  const document = await openForChange(pdf, password).catch(() => undefined);
  return await Promise.all((document?.getPages() ?? []).map(async page => (await seenPart(page)).unit));
}

function pagesOf(pageCount: number, pages: number[] | undefined): number[] {
  const beyond = pages?.find(page => page < 1 || page > pageCount);
  if (beyond !== undefined) {
    throw new RenderError('page-out-of-range', `There is no page ${beyond}: the document has ${pageCount}.`);
  }
  return pages ?? Array.from({ length: pageCount }, (_, index) => index + 1);
}
