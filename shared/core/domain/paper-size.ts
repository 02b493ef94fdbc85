import type { Margins, Size } from './conversion.ts';
import { PrintError } from './errors.ts';

/** Paper and margins as people write them, in millimetres. */

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
  // On printers' lists "B4" and "B5" are the Japanese sizes, as in Windows' DMPAPER_B4.
  b4: { width: 257, height: 364 },
  b5: { width: 182, height: 257 },
  letter: inches(8.5, 11),
  legal: inches(8.5, 14),
  executive: inches(7.25, 10.5),
  statement: inches(5.5, 8.5),
  folio: inches(8.5, 13),
  tabloid: inches(11, 17),
  // Ledger is tabloid on its side, in Windows and in PDF tools alike.
  ledger: inches(17, 11),
};

const millimetresPer = { mm: 1, cm: 10, in: inch, pt: inch / 72, px: inch / 96 } as const;
export type LengthUnit = keyof typeof millimetresPer;

/** The browser's own limits: below it prints nothing, above it runs out of memory. */
const smallestMm = 10;
const largestMm = 5080;

/** `10mm`, `0.5 in`, `12`: millimetres. A bare number is in `unit`. Undefined when it is no length. */
export function parseLength(text: string | number, unit: LengthUnit): number | undefined {
  const [, amount, written] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*(mm|cm|in|pt|px)?\s*$/i.exec(String(text)) ?? [];
  if (amount === undefined) return undefined;
  return Number(amount) * millimetresPer[(written?.toLowerCase() as LengthUnit) ?? unit];
}

/** A size by its name in any letter case, or undefined. */
export const paperByName = (name: string): Size | undefined => papers[name.trim().toLowerCase()];

/**
 * A name, or two lengths parted by a blank or an `x`; bare numbers are CSS pixels.
 * Throws `bad-value`.
 */
export function parsePaperSize(text: string): Size {
  const named = paperByName(text);
  if (named) return named;
  const [width, height, ...rest] = text.trim().split(/\s*(?<!p)x\s*(?=[\d.])|\s+(?=[\d.])/i);
  const size = { width: parseLength(width ?? '', 'px') ?? 0, height: parseLength(height ?? '', 'px') ?? 0 };
  const fits = (length: number) => length >= smallestMm && length <= largestMm;
  if (rest.length > 0 || !fits(size.width) || !fits(size.height)) {
    throw new PrintError('bad-value', `The paper size "${text}" is not known.`);
  }
  return size;
}

/** CSS shorthand of one to four lengths. Throws `bad-value`. */
export function parseMargins(text: string): Margins {
  const lengths = text
    .trim()
    .split(/\s+(?=[\d.])/)
    .map(part => parseLength(part, 'px'));
  const [top, right = top, bottom = top, left = right, ...rest] = lengths;
  const bad = rest.length > 0 || lengths.includes(undefined);
  if (bad || top === undefined || right === undefined || bottom === undefined || left === undefined) {
    throw new PrintError('bad-value', `The margins "${text}" cannot be read.`);
  }
  return { top, right, bottom, left };
}
