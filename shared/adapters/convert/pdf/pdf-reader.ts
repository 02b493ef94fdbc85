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

/** What the browser writes of a page that shows something is longer, compressed as it is; of a blank one it is empty. */
const leastSeenOctets = 100;

/** The numbers of pages on which nothing is drawn, of a PDF that the browser made. Reading each page takes long. */
export async function blankPages(pdf: Uint8Array): Promise<number[]> {
  if (!hasStreamBelow(leastSeenOctets, pdf)) return [];
  return await readPdf(pdf, undefined, document =>
    Array.from({ length: document.getPageCount() }, (_, index) => index + 1).filter(
      number => document.getPage(number - 1).getObjectCount() === 0,
    ),
  );
}

function hasStreamBelow(octets: number, { buffer, byteOffset, byteLength }: Uint8Array): boolean {
  const pdf = Buffer.from(buffer, byteOffset, byteLength);
  const key = '/Length ';
  for (let at = pdf.indexOf(key); at >= 0; at = pdf.indexOf(key, at + 1)) {
    const value = pdf.toString('latin1', at + key.length, at + key.length + 10);
    if (Number.parseInt(value, 10) < octets) return true;
  }
  return false;
}
