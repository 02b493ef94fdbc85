import { RenderError } from '../../web/render-error.ts';

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
    ? new RenderError('encrypted-pdf', 'The PDF is encrypted, and no or a wrong password was given.', { cause })
    : new RenderError('bad-pdf', 'The document is damaged or no PDF.', { cause });
}

/** @throws RenderError `encrypted-pdf`, `bad-pdf` */
export const countPages = (pdf: Uint8Array, password?: string): Promise<number> =>
  readPdf(pdf, password, document => {
    const count = document.getPageCount();
    if (count === 0) throw new RenderError('bad-pdf', 'The PDF has no pages.');
    return count;
  });
