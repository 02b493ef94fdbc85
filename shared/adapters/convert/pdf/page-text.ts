import type { OpenPdf } from './pdf-reader.ts';

type Page = ReturnType<OpenPdf['getPage']>;

/** What PDFium can tell of characters, beyond what its wrapper declares. */
interface Pdfium {
  _FPDFText_LoadPage(page: number): number;
  _FPDFText_ClosePage(text: number): void;
  _FPDFText_CountChars(text: number): number;
  _FPDFText_GetUnicode(text: number, index: number): number;
  _FPDFText_IsGenerated(text: number, index: number): number;
  _FPDFText_GetCharAngle(text: number, index: number): number;
  _FPDFText_GetCharOrigin(text: number, index: number, x: number, y: number): number;
  _FPDFText_GetLooseCharBox(text: number, index: number, box: number): number;
  wasmExports: { malloc(octets: number): number; free(pointer: number): void };
  HEAPU8: Uint8Array;
}

/** As shares of a line's height. A blank is a fifth; a ligature's box ends with its ink, a little before the glyph does. */
const smallestBlank = 0.15;
const sameBaseline = 0.25;
/** Kerning and italics let letters stand a little behind the end of the one before. */
const furthestBack = 0.5;

/** PDFium's mark for a hyphen at the end of a line. */
const lineEndHyphen = 2;

/**
 * The text of a page in the order of its drawing. The browser draws glyph by glyph, and on a page with little text
 * PDFium takes lines of single glyphs for columns and breaks them at every letter. So the breaks that it made up
 * are looked at once more: between letters of one line, the gap alone decides.
 */
export function textOfPage(page: Page): string {
  const { module: pdfium, pageIdx } = page as unknown as { module: Pdfium; pageIdx: number };
  const text = pdfium._FPDFText_LoadPage(pageIdx);
  if (!text) throw new Error('The text of a page cannot be read.');
  const memory = pdfium.wasmExports.malloc(16);
  try {
    const glyphs = glyphReader(pdfium, text, memory);
    const count = pdfium._FPDFText_CountChars(text);
    let written = '';
    let last = -1;
    let madeUp = '';
    for (let index = 0; index < count; index++) {
      const point = pdfium._FPDFText_GetUnicode(text, index);
      if (point === 0) continue;
      const sign = point === lineEndHyphen ? '-' : String.fromCodePoint(point);
      if (pdfium._FPDFText_IsGenerated(text, index) === 1) {
        madeUp += sign;
        continue;
      }
      if (madeUp !== '' && last >= 0) written += between(glyphs(last), glyphs(index), madeUp);
      written += sign;
      madeUp = '';
      last = index;
    }
    return written + madeUp;
  } finally {
    pdfium.wasmExports.free(memory);
    pdfium._FPDFText_ClosePage(text);
  }
}

/** In points, y upwards. */
interface Glyph {
  left: number;
  right: number;
  baseline: number;
  size: number;
  isUpright: boolean;
}

function between(before: Glyph, after: Glyph, madeUp: string): string {
  if (!madeUp.includes('\n')) return madeUp;
  const size = Math.max(before.size, after.size);
  const gap = after.left - before.right;
  const inLine =
    before.isUpright && after.isUpright && Math.abs(after.baseline - before.baseline) < sameBaseline * size;
  if (!inLine || gap < -furthestBack * size) return madeUp;
  return gap < smallestBlank * size ? '' : ' ';
}

function glyphReader(pdfium: Pdfium, text: number, memory: number) {
  return (index: number): Glyph => {
    pdfium._FPDFText_GetLooseCharBox(text, index, memory);
    // The heap may have moved when it grew, so it is looked up each time.
    const view = () => new DataView(pdfium.HEAPU8.buffer, memory, 16);
    const box = view();
    const [left, top] = [box.getFloat32(0, true), box.getFloat32(4, true)];
    const [right, bottom] = [box.getFloat32(8, true), box.getFloat32(12, true)];
    pdfium._FPDFText_GetCharOrigin(text, index, memory, memory + 8);
    return {
      left,
      right,
      baseline: view().getFloat64(8, true),
      // Of the font as drawn, which the transformation of the page may have scaled.
      size: Math.abs(top - bottom),
      isUpright: Math.abs(pdfium._FPDFText_GetCharAngle(text, index)) < 0.01,
    };
  };
}
