import type { PagePass, PageRange } from '../../../core/domain/conversion.ts';
import { RenderError } from '../../web/render-error.ts';

/**
 * `1,3-5,8-`; empty is every page.
 * @throws RenderError `bad-page-range`
 */
export function parsePageRanges(text: string): PageRange[] {
  const parts = text.split(',').map(part => part.trim());
  if (parts.every(part => part === '')) return [];
  return parts.map(part => {
    const [whole, from, dash, to] = /^(\d+)\s*(-)?\s*(\d+)?$/.exec(part) ?? [];
    const first = Number(from);
    const last = to === undefined ? undefined : Number(to);
    const noSense = whole === undefined || first < 1 || (dash === undefined && last !== undefined);
    if (noSense || (last !== undefined && last < first)) {
      throw new RenderError('bad-page-range', `The page range "${text}" is not valid.`);
    }
    if (last !== undefined) return { from: first, to: last };
    return dash ? { from: first } : { from: first, to: first };
  });
}

/**
 * The numbers of the chosen pages, ascending, each once. A range may reach beyond the last page, as long as something is left.
 * @throws RenderError `page-out-of-range` when no page of the document is left
 */
export function selectPages(pageCount: number, ranges: readonly PageRange[], pass: PagePass = 'all'): number[] {
  const absolute = (page: number) => (page < 0 ? pageCount + 1 + page : page);
  const inRange = (page: number) =>
    ranges.length === 0 ||
    ranges.some(({ from, to }) => page >= absolute(from) && page <= absolute(to ?? Number.MAX_SAFE_INTEGER));
  const inPass = (page: number) => pass === 'all' || (page % 2 === 1) === (pass === 'odd');
  const every = Array.from({ length: pageCount }, (_, index) => index + 1);
  const chosen = every.filter(page => inRange(page) && inPass(page));
  if (chosen.length === 0) {
    throw new RenderError(
      'page-out-of-range',
      `None of the requested pages exist: the document has ${pageCount} pages.`,
    );
  }
  return chosen;
}

/**
 * Handles a page that one library counted and another does not find: the document is damaged, the request is correct.
 * Throws the given error, or `bad-pdf` instead of it.
 */
export function blameDocument(error: unknown): never {
  const isMiscounted = error instanceof RenderError && error.code === 'page-out-of-range';
  if (!isMiscounted) throw error;
  throw new RenderError('bad-pdf', 'The PDF is damaged: its pages cannot be counted.', { cause: error });
}

/**
 * The numbers of one range that must be there: it begins inside the document, and may reach beyond its end.
 * @throws RenderError `page-out-of-range`, `bad-page-range`
 */
export function pagesOfRange(pageCount: number, { from, to }: PageRange): number[] {
  const absolute = (page: number) => (page < 0 ? pageCount + 1 + page : page);
  const first = absolute(from);
  const last = Math.min(absolute(to ?? pageCount), pageCount);
  if (first < 1 || first > pageCount || last < 1) {
    const page = first < 1 || first > pageCount ? first : last;
    throw new RenderError('page-out-of-range', `There is no page ${page}: the document has ${pageCount}.`);
  }
  if (last < first) throw new RenderError('bad-page-range', `The range from page ${first} to ${last} is empty.`);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
