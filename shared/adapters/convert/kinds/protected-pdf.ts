import type { OctetSource } from '../../../core/domain/conversion.ts';
import type { ConversionRun, ConversionTools } from '../conversion-run.ts';
import { checkPermission, type PdfAction } from '../pdf/pdf-permissions.ts';
import type { PdfWorker } from '../pdf/pdf-worker.ts';
import { checkIsPdf, fetchDocument } from './fetch-document.ts';

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
 * Fetches and opens a PDF, checks its permissions, and runs `work` on it.
 * @throws RenderError of fetching and opening, `restricted-pdf`, and errors of `work`
 */
export async function withPdf<Result>(
  { document, password, checksPermissions }: ProtectedPdf,
  action: PdfAction,
  run: ConversionRun,
  { withPdfWorker }: ConversionTools,
  work: (open: OpenPdf) => Promise<Result>,
): Promise<Result> {
  const { deadlineMs } = run;
  const pdf = await fetchPdf(document, run);
  return await withPdfWorker(async worker => {
    const pageCount = await worker.run('countPages', [pdf, password], deadlineMs);
    if (checksPermissions) await checkPermission(worker, pdf, password, action, deadlineMs);
    return await work({ pdf, pageCount, worker });
  });
}

export async function fetchPdf(document: OctetSource, run: ConversionRun): Promise<Uint8Array> {
  const pdf = await fetchDocument(document, run);
  checkIsPdf(pdf);
  run.onStep('rendering-pdf');
  return pdf;
}
