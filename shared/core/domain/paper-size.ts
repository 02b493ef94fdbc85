import type { Margins, Size } from './conversion.ts';
import { PrintError } from './errors.ts';

/** Parses paper sizes and margins to millimetres. */

const inch = 25.4;
const inches = (width: number, height: number): Size => ({ width: width * inch, height: height * inch });

/** ISO 216 and JIS sizes in millimetres, North American ones in inches [ISO 216; PWG 5101.1 6]. */
const papers: Record<string, Size> = {
  a0: { width: 841, height: 1189 },
  a1: { width: 594, height: 841 },
  a2: { width: 420, height: 594 },
  a3: { width: 297, height: 420 },
  a4: { width: 210, height: 297 },
  a5: { width: 148, height: 210 },
  a6: { width: 105, height: 148 },
  // "B4" and "B5" are the JIS sizes in printer drivers, as in Windows' DMPAPER_B4.
  b4: { width: 257, height: 364 },
  b5: { width: 182, height: 257 },
  letter: inches(8.5, 11),
  legal: inches(8.5, 14),
  executive: inches(7.25, 10.5),
  statement: inches(5.5, 8.5),
  folio: inches(8.5, 13),
  tabloid: inches(11, 17),
  // Ledger is tabloid in landscape, in Windows and in PDF tools.
  ledger: inches(17, 11),
};

const millimetresPer = { mm: 1, cm: 10, in: inch, pt: inch / 72, px: inch / 96 } as const;
export type LengthUnit = keyof typeof millimetresPer;

/** The browser's limits: it prints nothing below, and runs out of memory above. */
const smallestMm = 10;
const largestMm = 5080;

/** No length, size or margins need more; longer text is refused before any pattern sees it. */
const charactersAtMost = 200;

/** Parses `10mm`, `0.5 in` or `12` to millimetres. A bare number is in `unit`. Undefined if it is not a length. */
export function parseLength(text: string | number, unit: LengthUnit): number | undefined {
  if (String(text).length > charactersAtMost) return undefined;
  const [, amount, written] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*(mm|cm|in|pt|px)?\s*$/i.exec(String(text)) ?? [];
  if (amount === undefined) return undefined;
  return Number(amount) * millimetresPer[(written?.toLowerCase() as LengthUnit) ?? unit];
}

const unitOf = (length = '') => /(mm|cm|in|pt|px)\s*$/i.exec(length)?.[1]?.toLowerCase() as LengthUnit | undefined;

/** A size by its name, case-insensitive, or undefined. */
export const paperByName = (name: string): Size | undefined =>
  Object.entries(papers).find(([known]) => known === name.trim().toLowerCase())?.[1];

/**
 * Parses a name, or two lengths separated by a space or an `x`. A number without a unit has the unit of the other, and
 * both without are CSS pixels. Throws `bad-value`.
 */
export function parsePaperSize(text: string): Size {
  if (text.length > charactersAtMost) throw tooLong('paper size');
  const named = paperByName(text);
  if (named) return named;
  const [width, height, ...rest] = text.trim().split(/\s*(?<!p)x\s*(?=[\d.])|\s+(?=[\d.])/i);
  const unit = unitOf(height) ?? unitOf(width) ?? 'px';
  const size = { width: parseLength(width ?? '', unit) ?? 0, height: parseLength(height ?? '', unit) ?? 0 };
  const fits = (length: number) => length >= smallestMm && length <= largestMm;
  if (rest.length > 0 || !fits(size.width) || !fits(size.height)) {
    throw new PrintError(
      'bad-value',
      `Invalid paper size "${text}": use a name such as A4, or a width and a height such as "210mm 297mm".`,
    );
  }
  return size;
}

/** Parses CSS shorthand of one to four lengths. Throws `bad-value`. */
export function parseMargins(text: string): Margins {
  if (text.length > charactersAtMost) throw tooLong('margins');
  const lengths = text
    .trim()
    .split(/\s+(?=[\d.])/)
    .map(part => parseLength(part, 'px'));
  const [top, right = top, bottom = top, left = right, ...rest] = lengths;
  const bad = rest.length > 0 || lengths.includes(undefined);
  if (bad || top === undefined || right === undefined || bottom === undefined || left === undefined) {
    throw new PrintError('bad-value', `Invalid margins "${text}": use one to four lengths such as "10mm 15mm".`);
  }
  return { top, right, bottom, left };
}

const tooLong = (what: string) =>
  new PrintError('bad-value', `The ${what} may have at most ${charactersAtMost} characters.`);
