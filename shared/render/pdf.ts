import { fitPdf } from './fit-pdf.ts';
import { imagesToPdf } from './images-to-pdf.ts';
import { pdfInfo } from './pdf-info.ts';
import { picturesOfPdf, textOfPdf } from './pdf-pictures.ts';
import { countPages } from './pdf-reader.ts';
import { mergePdfs, selectPdfPages, splitPdf } from './pdf-writer.ts';

/** Everything that is done with a customer's PDFs and images; run by `openPdfWorker`, which bounds its time. */
export const pdfOperations = {
  countPages,
  pdfInfo,
  selectPdfPages,
  splitPdf,
  mergePdfs,
  fitPdf,
  textOfPdf,
  picturesOfPdf,
  imagesToPdf,
};

export type PdfOperations = typeof pdfOperations;
