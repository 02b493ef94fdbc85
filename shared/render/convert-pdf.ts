import { buffer } from 'node:stream/consumers';
import { allowFetch } from '../config.ts';
import type { OctetSource, PdfConversion } from '../domain/conversion.ts';
import type { Converted } from '../ports.ts';
import type { Undertaking, Workshop } from './converter.ts';
import { egressFetch, readBody } from './egress-fetch.ts';
import { maxPages } from './html-to-pdf.ts';
import { selectPages } from './page-ranges.ts';
import { orient } from './paper-size.ts';
import { RenderError } from './render-error.ts';

const maxOctets = 256 * 1024 * 1024;

/** A PDF to the PDF that is wanted. Checked in any case, so that a damaged one is told to the client and not to a printer. */
export async function convertPdf(
  conversion: PdfConversion,
  undertaking: Undertaking,
  { withPdfWorker }: Workshop,
): Promise<Converted> {
  const { password, pageRanges = [], pagePass, paper, orientation } = conversion;
  const { deadlineMs } = undertaking;
  const original = await fetchDocument(conversion.document, undertaking);
  checkIsPdf(original);
  undertaking.onStep('rendering-pdf');
  return await withPdfWorker(async worker => {
    const total = await worker.run('countPages', [original, password], deadlineMs);
    if (total > maxPages) throw new RenderError('too-many-pages', `The document has more than ${maxPages} pages.`);
    const pages = selectPages(total, pageRanges, pagePass);
    const isWhole = pages.length === total;
    const chosen = isWhole ? original : await worker.run('selectPdfPages', [original, pages, password], deadlineMs);
    if (!paper) return { bytes: chosen, pageCount: pages.length, warnings: [] };
    const options = {
      paper: orient(paper, orientation ?? 'portrait'),
      scaling: conversion.scaling ?? ('shrink' as const),
      rotateAndCentre: conversion.rotateAndCentre ?? true,
      password: isWhole ? password : undefined,
    };
    const bytes = await worker.run('fitPdf', [chosen, options], deadlineMs);
    return { bytes, pageCount: pages.length, warnings: [] };
  });
}

/**
 * The octets of a document, from the store or from its address.
 * @throws RenderError `not-reachable`, `forbidden-address`, `timeout`, `too-large`
 */
export async function fetchDocument(document: OctetSource, undertaking: Undertaking): Promise<Uint8Array> {
  if (document.kind !== 'url') {
    const stored = await undertaking.read(document);
    if (!stored) throw new RenderError('not-reachable', 'The document is no longer stored.');
    return await buffer(stored);
  }
  undertaking.onStep('downloading');
  const { url, credentials, cookies = [] } = document;
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const response = await egressFetch(url, {
    allowFetch: allowFetch(),
    headers: cookie ? { cookie } : {},
    credentials,
    maxOctets,
    deadlineMs: undertaking.deadlineMs,
    signal: undertaking.signal,
  });
  if (response.status >= 400) {
    response.body.destroy();
    throw new RenderError('not-reachable', `The address answers with an error: ${response.status}.`);
  }
  const bytes = await readBody(response);
  undertaking.onStep('downloaded');
  return bytes;
}

/** Readers find the header anywhere in the first 1024 octets [ISO 32000-1, Annex H, note 13]. */
function checkIsPdf(bytes: Uint8Array): void {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).toString('latin1');
  if (head.includes('%PDF-')) return;
  const isPage = /^\s*<(!doctype|html|\?xml)/i.test(head);
  throw new RenderError('bad-pdf', isPage ? 'The document is a web page and not a PDF.' : 'The document is no PDF.');
}
