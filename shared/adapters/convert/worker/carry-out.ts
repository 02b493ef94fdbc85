import type { Conversion } from '../../../core/domain/conversion.ts';
import type { Converted } from '../../../core/ports/index.ts';
import { RenderError } from '../../web/render-error.ts';
import type { ConversionRun, ConversionTools } from '../conversion-run.ts';
import { convertBarcode } from '../kinds/convert-barcode.ts';
import { convertHash } from '../kinds/convert-hash.ts';
import { convertImages } from '../kinds/convert-images.ts';
import { convertMerge } from '../kinds/convert-merge.ts';
import { convertPage } from '../kinds/convert-page.ts';
import { convertPdf } from '../kinds/convert-pdf.ts';
import { convertInfo, convertPictures, convertText } from '../kinds/convert-reading.ts';
import { convertSplit } from '../kinds/convert-split.ts';
import { fetchDocument } from '../kinds/fetch-document.ts';

/**
 * Makes a document. A browser that ended may have been another conversion's doing: once more, and then it is this one's.
 * @throws RenderError
 */
export async function carryOut(conversion: Conversion, run: ConversionRun, tools: ConversionTools): Promise<Converted> {
  const make = () => convertAs[conversion.kind](conversion as never, run, tools);
  try {
    return await make();
  } catch (error) {
    const mayBeOthers = error instanceof RenderError && error.code === 'crashed' && !run.signal.aborted;
    if (!mayBeOthers) throw error;
    return await make();
  }
}

type Convert<Kind> = (
  conversion: Extract<Conversion, { kind: Kind }>,
  run: ConversionRun,
  tools: ConversionTools,
) => Promise<Converted>;

const convertAs: { [Kind in Conversion['kind']]: Convert<Kind> } = {
  page: convertPage,
  pdf: convertPdf,
  fetch: async ({ document }, run) => ({ bytes: await fetchDocument(document, run), warnings: [] }),
  images: convertImages,
  merge: convertMerge,
  split: convertSplit,
  info: convertInfo,
  text: convertText,
  pictures: convertPictures,
  hash: convertHash,
  barcode: convertBarcode,
};
