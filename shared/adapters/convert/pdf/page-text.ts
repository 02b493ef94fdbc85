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
  _FPDFText_GetTextObject(text: number, index: number): number;
  _FPDFPage_CountObjects(page: number): number;
  _FPDFPage_GetObject(page: number, index: number): number;
  _FPDFPageObj_GetType(object: number): number;
  _FPDFPageObj_GetBounds(object: number, left: number, bottom: number, right: number, top: number): number;
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
    let wasCluster = false;
    const ends = clusterEnds(pdfium, pageIdx, text, memory);
    let madeUp = '';
    for (let index = 0; index < count; index++) {
      const point = pdfium._FPDFText_GetUnicode(text, index);
      if (point === 0) continue;
      const sign = point === lineEndHyphen ? '-' : String.fromCodePoint(point);
      if (pdfium._FPDFText_IsGenerated(text, index) === 1) {
        madeUp += sign;
        continue;
      }
      const isCluster = clusters.test(sign);
      if (madeUp !== '' && last >= 0) {
        const [before, after] = [glyphs(last), glyphs(index)];
        written +=
          wasCluster && isCluster
            ? betweenClusters({ ...before, right: ends(last) ?? before.right }, after, madeUp)
            : between(before, after, madeUp);
      }
      written += sign;
      madeUp = '';
      last = index;
      wasCluster = isCluster;
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
  if (!inOneLine(before, after) || gap < -furthestBack * size) return madeUp;
  return gap < smallestBlank * size ? '' : ' ';
}

const inOneLine = (before: Glyph, after: Glyph) =>
  before.isUpright &&
  after.isUpright &&
  Math.abs(after.baseline - before.baseline) < sameBaseline * Math.max(before.size, after.size);

/**
 * Scripts whose letters are drawn in clusters, out of their order: from Devanagari to Sinhala, and those of Southeast
 * Asia. PDFium gives all letters of a cluster to its first glyph, so that each seems to be followed by a gap.
 */
const clusters = /[\u0900-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1c00-\u1cff\ua8e0-\ua8ff]/;

function betweenClusters(before: Glyph, after: Glyph, madeUp: string): string {
  if (!inOneLine(before, after) || after.left < before.left) return madeUp;
  return after.left - before.right < smallestBlankOfClusters * before.size ? '' : ' ';
}

/** Lines of these scripts are twice as high as their letters. */
const smallestBlankOfClusters = 0.08;
const textObject = 1;

/**
 * Where the cluster of a character ends: where the last of its glyphs does. Those after the first are drawn by text
 * objects that have no characters. Looked up when first asked for.
 */
function clusterEnds(pdfium: Pdfium, page: number, text: number, memory: number) {
  let ends: Map<number, number> | undefined;
  const measure = () => {
    const withCharacters = new Set<number>();
    const count = pdfium._FPDFText_CountChars(text);
    for (let index = 0; index < count; index++) withCharacters.add(pdfium._FPDFText_GetTextObject(text, index));
    const found = new Map<number, number>();
    let current = 0;
    for (let index = 0; index < pdfium._FPDFPage_CountObjects(page); index++) {
      const object = pdfium._FPDFPage_GetObject(page, index);
      if (pdfium._FPDFPageObj_GetType(object) !== textObject) continue;
      if (withCharacters.has(object)) current = object;
      pdfium._FPDFPageObj_GetBounds(object, memory, memory + 4, memory + 8, memory + 12);
      const right = new DataView(pdfium.HEAPU8.buffer, memory, 16).getFloat32(8, true);
      found.set(current, Math.max(found.get(current) ?? Number.NEGATIVE_INFINITY, right));
    }
    return found;
  };
  return (index: number): number | undefined => {
    ends ??= measure();
    return ends.get(pdfium._FPDFText_GetTextObject(text, index));
  };
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
