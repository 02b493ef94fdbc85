import type { OctetSource } from '../domain/conversion.ts';
import type { Undertaking, Workshop } from './converter.ts';
import { checkIsPdf, fetchDocument } from './fetch-document.ts';
import { checkPermission, type PdfAction } from './pdf-permissions.ts';
import type { PdfWorker } from './pdf-worker.ts';

interface ProtectedPdf {
  document: OctetSource;
  password?: string;
  checksPermissions: boolean;
}

export interface OpenPdf {
  pdf: Uint8Array;
  pageCount: number;
  worker: PdfWorker;
}

/**
 * Fetches a PDF and has something done with its pages, if its owner allows that.
 * @throws RenderError as fetching and opening do, `restricted-pdf`, and what `work` throws
 */
export async function withPdf<Result>(
  { document, password, checksPermissions }: ProtectedPdf,
  action: PdfAction,
  undertaking: Undertaking,
  { withPdfWorker }: Workshop,
  work: (open: OpenPdf) => Promise<Result>,
): Promise<Result> {
  const { deadlineMs } = undertaking;
  const pdf = await fetchPdf(document, undertaking);
  return await withPdfWorker(async worker => {
    const pageCount = await worker.run('countPages', [pdf, password], deadlineMs);
    if (checksPermissions) await checkPermission(worker, pdf, password, action, deadlineMs);
    return await work({ pdf, pageCount, worker });
  });
}

export async function fetchPdf(document: OctetSource, undertaking: Undertaking): Promise<Uint8Array> {
  const pdf = await fetchDocument(document, undertaking);
  checkIsPdf(pdf);
  undertaking.onStep('rendering-pdf');
  return pdf;
}
