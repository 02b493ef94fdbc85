import type { PageConversion } from '../../../core/domain/conversion.ts';
import type { PreparationStep } from '../../../core/domain/job.ts';
import { fallbackMedia, mediaSize } from '../../../core/domain/media.ts';
import type { Converted } from '../../../core/ports/index.ts';
import type { ConversionRun, ConversionTools } from '../conversion-run.ts';
import { renderPdf } from '../page/html-to-pdf.ts';
import type { RenderOptions, RenderStep } from '../page/render-request.ts';
import { orient, type Size } from '../paper-size.ts';

const stepOf: Record<RenderStep, PreparationStep> = {
  downloading: 'downloading',
  downloaded: 'downloaded',
  printing: 'rendering',
};

/** Converts an HTML page to a PDF. */
export async function convertPage(
  { kind: _, paper, orientation, headersAndFooters, ...conversion }: PageConversion,
  { signal, deadlineMs, onStep, meanwhile }: ConversionRun,
  { browsers, withPdfWorker }: ConversionTools,
): Promise<Converted> {
  const given = paper ?? (mediaSize(fallbackMedia) as Size);
  const sheet = orientation ? orient(given, orientation) : given;
  const { content } = conversion;
  const isTemplate = content.kind === 'html' && content.template !== undefined;
  const filled = isTemplate
    ? {
        ...content,
        html: await withPdfWorker(it => it.run('fillTemplate', [content.html, content.template], deadlineMs)),
      }
    : content;
  const request = {
    ...conversion,
    content: filled,
    paper: sheet,
    // upright is what clients ask for without asking
    ownPageSize: conversion.ownPageSize && orientation !== 'landscape',
    headersAndFooters: headersAndFooters && { ...headersAndFooters, now: new Date() },
    deadlineMs,
  };
  const pdfWork: RenderOptions['pdfWork'] = {
    selectPdfPages: (...args) => withPdfWorker(it => it.run('selectPdfPages', args, deadlineMs)),
    stampPdf: (...args) => withPdfWorker(it => it.run('stampPdf', args, deadlineMs)),
  };
  const options = { signal, onStep: (step: RenderStep) => onStep(stepOf[step]), pdfWork, meanwhile };
  const { pdf, pageCount, warnings } = await renderPdf(await browsers(), request, options);
  return { bytes: pdf, pageCount, warnings };
}
