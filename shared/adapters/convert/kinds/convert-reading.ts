import { Readable } from 'node:stream';
import type { InfoConversion, PageRange, PicturesConversion, TextConversion } from '../../../core/domain/conversion.ts';
import type { Converted } from '../../../core/ports/index.ts';
import { RenderError } from '../../web/render-error.ts';
import type { ConversionRun, ConversionTools } from '../conversion-run.ts';
import { pagesOfRange } from '../pdf/page-ranges.ts';
import { convertImages } from './convert-images.ts';
import { fetchPdf, withPdf } from './protected-pdf.ts';

/** Pictures of more pages than these would fill the memory before anybody could look at them. */
const picturesAtMost = 300;
/** Each run opens the PDF again, and holds its pictures twice while they cross from the thread. */
const picturesAtOnce = 8;

/** Returns information about a PDF, as `PdfInfo` in JSON. */
export async function convertInfo(
  { document, password }: InfoConversion,
  run: ConversionRun,
  { withPdfWorker }: ConversionTools,
): Promise<Converted> {
  const pdf = await fetchPdf(document, run);
  const { deadlineMs } = run;
  const info = await withPdfWorker(async worker => {
    // the library that changes PDFs makes something of every ruin; the one that shows them does not
    await worker.run('countPages', [pdf, password], deadlineMs);
    return await worker.run('pdfInfo', [pdf, password], deadlineMs);
  });
  return { bytes: Buffer.from(JSON.stringify(info)), pageCount: info.pageCount, warnings: [] };
}

/** Returns the text of pages in UTF-8, with a line feed after each page. */
export async function convertText(
  conversion: TextConversion,
  run: ConversionRun,
  tools: ConversionTools,
): Promise<Converted> {
  const { password, pageRanges } = conversion;
  return await withPdf(conversion, 'copy', run, tools, async ({ pdf, pageCount, worker }) => {
    const pages = chosenPages(pageCount, pageRanges);
    const texts = await worker.run('textOfPdf', [pdf, pages, password], run.deadlineMs);
    return { bytes: Buffer.from(texts.map(text => `${text}\n`).join('')), pageCount: pages.length, warnings: [] };
  });
}

/** Returns a picture of each page. */
export async function convertPictures(
  conversion: PicturesConversion,
  run: ConversionRun,
  tools: ConversionTools,
): Promise<Converted> {
  if (conversion.isImage) return await convertPictures(...(await throughPdf(conversion, run, tools)));
  const { password, format, dpi, width, pageRanges } = conversion;
  return await withPdf(conversion, 'print', run, tools, async ({ pdf, pageCount, worker }) => {
    const pages = chosenPages(pageCount, pageRanges);
    if (pages.length > picturesAtMost) {
      throw new RenderError('too-many-pages', `Pictures are made of at most ${picturesAtMost} pages at once.`);
    }
    const extension = format === 'png' ? 'png' : 'jpg';
    const bytes = [];
    for (let done = 0; done < pages.length; done += picturesAtOnce) {
      const options = { pages: pages.slice(done, done + picturesAtOnce), dpi, width, format, password };
      const pictures = await worker.run('picturesOfPdf', [pdf, options], run.deadlineMs);
      bytes.push(...pictures.map(({ page, data }) => ({ suffix: `_page${page}.${extension}`, bytes: data })));
    }
    return { bytes, pageCount: pages.length, warnings: [] };
  });
}

/** The same conversion of the PDF that an image becomes. */
async function throughPdf(
  conversion: PicturesConversion,
  run: ConversionRun,
  tools: ConversionTools,
): Promise<Parameters<typeof convertPictures>> {
  const { bytes } = await convertImages({ kind: 'images', documents: [conversion.document] }, run, tools);
  const document = { kind: 'inline' as const };
  return [{ ...conversion, document, isImage: undefined }, { ...run, read: async () => Readable.from([bytes]) }, tools];
}

/** Each page once, ascending; all when no range is given. */
function chosenPages(total: number, ranges: PageRange[]): number[] {
  if (ranges.length === 0) return pagesOfRange(total, { from: 1 });
  return [...new Set(ranges.flatMap(range => pagesOfRange(total, range)))].toSorted((a, b) => a - b);
}
