import type { PageRange } from '../../core/domain/conversion.ts';
import { PrintError } from '../../core/domain/errors.ts';

const rangesAtMost = 1000;

/** Parses a comma-separated list of `n` or `from-to`, from 1; empty means all pages. Throws `bad-page-range`. */
export function parsePageRange(text: string | undefined): PageRange[] {
  const parts = (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
  if (parts.length > rangesAtMost) throw unreadable(text);
  return parts.map(part => {
    const [, first = '', last = first] = /^(\d{1,6})(?:\s*-\s*(\d{1,6}))?$/.exec(part) ?? [];
    const range = { from: Number(first), to: Number(last) };
    if (first === '' || range.from < 1 || range.to < range.from) throw unreadable(text);
    return range;
  });
}

const unreadable = (text = '') =>
  new PrintError('bad-page-range', `The page range "${text.slice(0, 80)}" is not valid. Write it like 1,3-5.`);
