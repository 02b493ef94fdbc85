import { writeFile } from 'node:fs/promises';
import type { Making } from './making.ts';

/** The pages to print, from 0, in their order, copies one after another. Throws when there is none. */
export function pagesOf({ ranges, copies = 1 }: Making, count: number): number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  const isWanted = (index: number) => !ranges || ranges.some(({ from, to }) => from <= index + 1 && index + 1 <= to);
  const wanted = all.filter(isWanted);
  if (wanted.length === 0) throw new Error(`it has ${count} pages, and none of those that were asked for`);
  return Array.from({ length: copies }, () => wanted).flat();
}

/** Writes a PDF of these pages only. */
export async function selectPages(pdf: Uint8Array, making: Making, to: string): Promise<void> {
  // rasters do not need it
  const { PDFDocument } = await import('@cantoo/pdf-lib');
  const source = await PDFDocument.load(pdf);
  const made = await PDFDocument.create();
  for (const page of await made.copyPages(source, pagesOf(making, source.getPageCount()))) made.addPage(page);
  await writeFile(to, await made.save());
}
