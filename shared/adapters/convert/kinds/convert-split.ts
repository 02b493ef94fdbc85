import type { SplitBy, SplitConversion } from '../../../core/domain/conversion.ts';
import type { Converted } from '../../../core/ports/index.ts';
import { RenderError } from '../../web/render-error.ts';
import type { ConversionRun, ConversionTools } from '../conversion-run.ts';
import { blameDocument, pagesOfRange } from '../pdf/page-ranges.ts';
import { withPdf } from './protected-pdf.ts';

const filesAtMost = 2000;

/** Splits a PDF into files named after their pages: `_page3`, `_page1-2`. */
export async function convertSplit(
  conversion: SplitConversion,
  run: ConversionRun,
  tools: ConversionTools,
): Promise<Converted> {
  const { password, by } = conversion;
  const { deadlineMs } = run;
  return await withPdf(conversion, 'assemble', run, tools, async ({ pdf, pageCount, worker }) => {
    const textPages = (text: Extract<SplitBy, { kind: 'text' }>) =>
      worker.run('pagesWithText', [pdf, text, password], deadlineMs);
    const groups = await groupsOf(pageCount, by, textPages);
    if (groups.length > filesAtMost) {
      throw new RenderError('too-many-pages', `A PDF is split into at most ${filesAtMost} files.`);
    }
    const parts = await worker.run('splitPdf', [pdf, groups, password], deadlineMs).catch(blameDocument);
    const bytes = parts.map((part, index) => ({ suffix: suffixOf(groups[index] as number[]), bytes: part }));
    return { bytes, pageCount: groups.flat().length, warnings: [] };
  });
}

async function groupsOf(
  total: number,
  by: SplitBy,
  textPages: (by: Extract<SplitBy, { kind: 'text' }>) => Promise<number[]>,
): Promise<number[][]> {
  const all = pagesOfRange(total, { from: 1 });
  switch (by.kind) {
    case 'groups':
      return by.groups.map(range => pagesOfRange(total, range));
    case 'each':
      return all.map(page => [page]);
    case 'text':
      return cutBefore(all, await textPages(by), by.withoutMatch);
  }
}

/** A new group begins on each page of `starts`, which may be left out as a divider sheet is. */
function cutBefore(pages: number[], starts: number[], withoutStarts: boolean): number[][] {
  const groups: number[][] = [[]];
  for (const page of pages) {
    const isStart = starts.includes(page);
    if (isStart) groups.push([]);
    if (!isStart || !withoutStarts) groups.at(-1)?.push(page);
  }
  const filled = groups.filter(group => group.length > 0);
  if (filled.length > 0) return filled;
  throw new RenderError('bad-request', 'The text is on every page, so no page would be left.');
}

function suffixOf(pages: number[]): string {
  const [first, last] = [pages[0], pages.at(-1)];
  return first === last ? `_page${first}.pdf` : `_page${first}-${last}.pdf`;
}
