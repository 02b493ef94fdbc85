import type { Orientation, PdfConversion } from '../../../core/domain/conversion.ts';
import type { Converted } from '../../../core/ports/index.ts';
import { RenderError } from '../../web/render-error.ts';
import type { ConversionRun, ConversionTools } from '../conversion-run.ts';
import { maxPages } from '../page/html-to-pdf.ts';
import { orient } from '../paper-size.ts';
import { blameDocument, selectPages } from '../pdf/page-ranges.ts';
import type { PdfWorker } from '../pdf/pdf-worker.ts';
import { fetchPdf } from './protected-pdf.ts';

/** Edits a PDF as requested. Always checks it, so that a damaged one is not sent to a printer. */
export async function convertPdf(
  conversion: PdfConversion,
  run: ConversionRun,
  { withPdfWorker }: ConversionTools,
): Promise<Converted> {
  const { password, pageRanges = [], pagePass, paper, orientation } = conversion;
  const { deadlineMs } = run;
  const original = await fetchPdf(conversion.document, run);
  return await withPdfWorker(async worker => {
    const total = await worker.run('countPages', [original, password], deadlineMs);
    if (total > maxPages) throw new RenderError('too-many-pages', `The document has more than ${maxPages} pages.`);
    const pages = selectPages(total, pageRanges, pagePass);
    const isWhole = pages.length === total;
    const chosen = isWhole
      ? original
      : await worker.run('selectPdfPages', [original, pages, password], deadlineMs).catch(blameDocument);
    if (!paper) return { bytes: chosen, pageCount: pages.length, warnings: [] };
    const lies = orientation ?? (await orientationOf(chosen, worker, run));
    const options = {
      paper: orient(paper, lies),
      scaling: conversion.scaling ?? ('shrink' as const),
      rotateAndCentre: conversion.rotateAndCentre ?? true,
      password: isWhole ? password : undefined,
    };
    const bytes = await worker.run('fitPdf', [chosen, options], deadlineMs);
    return { bytes, pageCount: pages.length, warnings: [] };
  });
}

/** Paper that was not asked to lie one way lies as the first page does. */
async function orientationOf(pdf: Uint8Array, worker: PdfWorker, { deadlineMs }: ConversionRun): Promise<Orientation> {
  const { pageSize } = await worker.run('pdfInfo', [pdf], deadlineMs);
  return pageSize.width > pageSize.height ? 'landscape' : 'portrait';
}
