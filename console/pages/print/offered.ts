import type { ClientPrinter } from '../../../client/index.ts';

/** Options that all chosen printers offer, with their values. A printer that says nothing about an option limits nothing. */

export interface OfferedOption {
  name: 'media' | 'media-source' | 'sides' | 'print-color-mode';
  values: string[];
}

const listed = [
  ['media', 'media-supported'],
  ['media-source', 'media-source-supported'],
  ['sides', 'sides-supported'],
] as const;

export function offeredBy(printers: ClientPrinter[]): OfferedOption[] {
  const lists = listed.flatMap(([name, attribute]) => {
    const supported = printers.map(({ attributes }) => attributes[attribute]).filter(isTexts);
    const common = supported.reduce<string[]>(
      (both, values, index) => (index === 0 ? values : both.filter(value => values.includes(value))),
      [],
    );
    return common.length > 1 ? [{ name, values: common }] : [];
  });
  const haveColour = printers.length > 0 && printers.every(({ attributes }) => attributes['color-supported'] === true);
  return haveColour ? [...lists, { name: 'print-color-mode', values: ['auto', 'color', 'monochrome'] }] : lists;
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(each => typeof each === 'string');

/** `1-3, 5` to IPP's ranges; undefined for all pages. Throws an Error that says what is wrong. */
export function pageRangesOf(text: string): { from: number; to: number }[] | undefined {
  if (text.trim() === '') return undefined;
  return text.split(',').map(part => {
    const [, from, to] = /^\s*(\d{1,6})\s*(?:[-–]\s*(\d{1,6}))?\s*$/.exec(part) ?? [];
    const range = { from: Number(from), to: Number(to ?? from) };
    if (from !== undefined && range.from >= 1 && range.to >= range.from) return range;
    throw new Error(`"${part.trim()}" is no page or range of pages. Write them like this: 1-3, 5`);
  });
}
