import { RenderError } from '../../web/render-error.ts';
import type { Size } from '../paper-size.ts';

/**
 * Reading PDFs with PDFium, the most forgiving reader there is, as WebAssembly: it cannot touch more than its own
 * memory, and is loaded when the first PDF comes.
 */
async function startPdfium() {
  const { PDFiumLibrary } = await import('@hyzyla/pdfium');
  return PDFiumLibrary.init();
}
type Pdfium = Awaited<ReturnType<typeof startPdfium>>;
export type OpenPdf = Awaited<ReturnType<Pdfium['loadDocument']>>;

let pdfium: Promise<Pdfium> | undefined;

/**
 * Opens a PDF for `work` and closes it again.
 * @throws RenderError `encrypted-pdf`, `bad-pdf`
 */
export async function readPdf<Result>(
  pdf: Uint8Array,
  password: string | undefined,
  work: (document: OpenPdf) => Promise<Result> | Result,
): Promise<Result> {
  pdfium ??= startPdfium();
  const library = await pdfium;
  const document = await library.loadDocument(pdf, password ?? '').catch(cause => Promise.reject(openError(cause)));
  try {
    return await work(document);
  } finally {
    document.destroy();
  }
}

export function openError(cause: unknown): RenderError {
  const locked = /password|encrypt|security/i.test(String(cause));
  return locked
    ? new RenderError('encrypted-pdf', 'The PDF is encrypted, and the password is missing or wrong.', { cause })
    : new RenderError('bad-pdf', 'The document is damaged or not a PDF.', { cause });
}

/** @throws RenderError `encrypted-pdf`, `bad-pdf` */
export const countPages = (pdf: Uint8Array, password?: string): Promise<number> =>
  readPdf(pdf, password, document => {
    const count = document.getPageCount();
    if (count === 0) throw new RenderError('bad-pdf', 'The PDF has no pages.');
    return count;
  });

const mmPerPoint = 25.4 / 72;

/** Sizes of all pages as they are seen, in millimetres. */
export const pageSizes = (pdf: Uint8Array): Promise<Size[]> =>
  readPdf(pdf, undefined, document =>
    Array.from({ length: document.getPageCount() }, (_, index) => {
      const { originalWidth, originalHeight } = document.getPage(index).getOriginalSize();
      return { width: originalWidth * mmPerPoint, height: originalHeight * mmPerPoint };
    }),
  );

/** The numbers of pages on which nothing is drawn. */
export const blankPages = (pdf: Uint8Array): Promise<number[]> =>
  readPdf(pdf, undefined, document =>
    Array.from({ length: document.getPageCount() }, (_, index) => index + 1).filter(
      number => document.getPage(number - 1).getObjectCount() === 0,
    ),
  );
