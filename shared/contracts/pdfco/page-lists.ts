import type { PageRange } from '../../core/domain/conversion.ts';
import { PrintError } from '../../core/domain/errors.ts';

/*
 * Lists of pages: `0,2,5-10,3-,!0`. The first page is 0, for split 1; `!` counts from the end. In `PageRange` the first
 * page is 1 and the last one -1.
 */

const partsAtMost = 1000;

/** Throws `bad-page-range`. An empty list means all pages. */
export function parsePages(text: string | undefined, firstPage: 0 | 1): PageRange[] {
  const parts = (text ?? '')
    .split(',')
    .map(part => part.replace(/\s+/g, ''))
    .filter(part => part !== '');
  if (parts.length > partsAtMost)
    throw new PrintError(
      'bad-page-range',
      `There are ${parts.length} page ranges. At most ${partsAtMost} are allowed.`,
    );
  return parts.map(part => parseRange(part, firstPage));
}

function parseRange(part: string, firstPage: 0 | 1): PageRange {
  const [whole, first = '', dash, last] = /^(!?\d{1,6})(-)?(!?\d{1,6})?$/.exec(part) ?? [];
  if (whole === undefined || (!dash && last)) throw unreadable(part);
  const from = pageOf(first, firstPage, part);
  if (!dash) return { from, to: from };
  if (!last) return { from };
  const to = pageOf(last, firstPage, part);
  const isBackwards = Math.sign(from) === Math.sign(to) && to < from;
  if (isBackwards) throw unreadable(part);
  return { from, to };
}

function pageOf(text: string, firstPage: 0 | 1, part: string): number {
  const fromStart = Number(text.replace('!', '')) + 1 - firstPage;
  if (fromStart < 1) throw unreadable(part);
  return text.startsWith('!') ? -fromStart : fromStart;
}

const unreadable = (part: string) =>
  new PrintError(
    'bad-page-range',
    `The page range ${JSON.stringify(part.slice(0, 40))} is not valid. Write it like 0,2,5-10.`,
  );
