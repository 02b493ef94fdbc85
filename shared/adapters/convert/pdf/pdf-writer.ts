import type { PDFDocument, PDFPage } from '@cantoo/pdf-lib';
import { RenderError } from '../../web/render-error.ts';
import { checkPageTree } from './page-tree.ts';
import { openError } from './pdf-reader.ts';

/** In one go: by default it rests between objects for the sake of a browser's window, which doubles the time. */
const parseSpeed = Number.POSITIVE_INFINITY;
export const saveOptions = { objectsPerTick: Number.POSITIVE_INFINITY };

/** Changing PDFs with pdf-lib, loaded when first needed: it takes a quarter of a second. */
const pdfLib = () => import('@cantoo/pdf-lib');

/** @throws RenderError `encrypted-pdf`, `bad-pdf` */
export async function openForChange(pdf: Uint8Array, password?: string): Promise<PDFDocument> {
  const { PDFDocument } = await pdfLib();
  try {
    // An empty password opens what only its owner's rights protect, as any viewer does.
    const options = { updateMetadata: false, password: password ?? '', parseSpeed };
    const document = await PDFDocument.load(documentIn(pdf), options);
    await checkPageTree(document);
    // Broken page trees show only when they are walked.
    if (document.getPages().length === 0) throw new RenderError('bad-pdf', 'The PDF has no pages.');
    giveMediaBoxes(document);
    return document;
  } catch (cause) {
    throw cause instanceof RenderError ? cause : openError(cause);
  }
}

/**
 * The document itself, without what a mail program or a web server has put before its header or behind its end: offsets
 * count from the header, and the library would read a trailer out of anything.
 */
export function documentIn(pdf: Uint8Array): Uint8Array {
  const bytes = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength);
  const start = Math.max(bytes.subarray(0, headerWithin).indexOf('%PDF-'), 0);
  const mark = bytes.lastIndexOf(endMark);
  return bytes.subarray(start, mark > start ? mark + endMark.length : undefined);
}

/** Readers look for a header so far [ISO 32000-1, Annex H, note 13]. */
const headerWithin = 1024 + '%PDF-'.length;
const endMark = '%%EOF';

/** Letter, as other readers take for a page that does not say how large it is. */
function giveMediaBoxes(document: PDFDocument): void {
  for (const page of document.getPages()) {
    if (!hasSize(page)) page.setMediaBox(0, 0, 612, 792);
  }
}

function hasSize(page: PDFPage): boolean {
  try {
    const { width, height } = page.getMediaBox();
    return width > 0 && height > 0;
  } catch {
    // none, or no array of four numbers
    return false;
  }
}

/** A document of the pages with these numbers, 1-based, in this order; nothing of the others is left in it. */
export async function selectPdfPages(pdf: Uint8Array, pages: number[], password?: string): Promise<Uint8Array> {
  const [selected] = await splitPdf(pdf, [pages], password);
  return selected as Uint8Array;
}

/** Attached files are in every part as long as all of them together are not larger; else in the first. */
const copiedFilesOctets = 64 * 1024 * 1024;

/** One document for each group of page numbers. */
export async function splitPdf(pdf: Uint8Array, groups: number[][], password?: string): Promise<Uint8Array[]> {
  const { assemble, attachedOctets, Source } = await import('./assemble/assemble.ts');
  const source = new Source(await openForChange(pdf, password));
  const everywhere = attachedOctets(source) * groups.length <= copiedFilesOctets;
  const parts: Uint8Array[] = [];
  for (const numbers of groups) {
    const pages = indexesOf(numbers, source.pageCount);
    const part = await assemble([{ source, pages, withFiles: everywhere || parts.length === 0 }]);
    parts.push(await part.save(saveOptions));
  }
  return parts;
}

/** All pages of all documents, in order. */
export async function mergePdfs(pdfs: Uint8Array[], password?: string): Promise<Uint8Array> {
  const { assemble, Source } = await import('./assemble/assemble.ts');
  const parts = [];
  for (const pdf of pdfs) {
    const source = new Source(await openForChange(pdf, password));
    parts.push({ source, pages: Array.from({ length: source.pageCount }, (_, index) => index) });
  }
  const merged = await assemble(parts);
  return merged.save(saveOptions);
}

/** Lays the pages of `overlay` over those of `pdf` with these indexes, in order; over all, first on first, without any. */
export async function stampPdf(pdf: Uint8Array, overlay: Uint8Array, indexes?: number[]): Promise<Uint8Array> {
  const document = await openForChange(pdf);
  const all = document.getPages();
  const pages = indexes?.flatMap(index => all[index] ?? []) ?? all;
  const stamps = await document.embedPdf(
    overlay,
    pages.map((_, index) => index),
  );
  for (const [index, page] of pages.entries()) page.drawPage(stamps[index]!, { x: 0, y: 0 });
  return document.save({ ...saveOptions, useObjectStreams: false });
}

function indexesOf(numbers: number[], pageCount: number): number[] {
  const beyond = numbers.find(page => page < 1 || page > pageCount);
  if (beyond !== undefined) {
    throw new RenderError('page-out-of-range', `There is no page ${beyond}: the document has ${pageCount}.`);
  }
  return numbers.map(page => page - 1);
}
