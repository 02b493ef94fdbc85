import { RenderError } from './render-error.ts';

/** 1-based, both ends included. Negative numbers count from the end, -1 is the last page. No `to` is "to the end". */
export interface PageRange {
  from: number;
  to?: number;
}

/** The printing pass of duplex by hand: odd or even pages by their number in the whole document. */
export type PagePass = 'all' | 'odd' | 'even';

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
      throw new RenderError('bad-page-range', `The page range "${text}" cannot be read.`);
    }
    if (last !== undefined) return { from: first, to: last };
    return dash ? { from: first } : { from: first, to: first };
  });
}

/**
 * The numbers of the chosen pages, ascending, each once. A range may reach beyond the last page, as long as something is left.
 * @throws RenderError `bad-page-range` when no page of the document is left
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
    throw new RenderError('bad-page-range', `None of the pages asked for exist: the document has ${pageCount}.`);
  }
  return chosen;
}
