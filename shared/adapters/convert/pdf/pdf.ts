import { barcode } from './barcode.ts';
import { fillTemplate } from './fill-template.ts';
import { fitPdf } from './fit-pdf.ts';
import { imagesToPdf } from './images-to-pdf.ts';
import { pagesWithText } from './pages-with-text.ts';
import { pdfInfo } from './pdf-info.ts';
import { picturesOfPdf, textOfPdf } from './pdf-pictures.ts';
import { countPages } from './pdf-reader.ts';
import { mergePdfs, selectPdfPages, splitPdf, stampPdf } from './pdf-writer.ts';
import { unzip } from './unzip.ts';

/** Everything that is done with a customer's PDFs, images, templates and archives; run by `openPdfWorker`, which bounds its time. */
export const pdfOperations = {
  countPages,
  pdfInfo,
  selectPdfPages,
  splitPdf,
  mergePdfs,
  stampPdf,
  fitPdf,
  textOfPdf,
  picturesOfPdf,
  imagesToPdf,
  pagesWithText,
  fillTemplate,
  barcode,
  unzip,
};

export type PdfOperations = typeof pdfOperations;
