import type { PDFiumDocument, PDFiumPage } from '@hyzyla/pdfium';
import type { Page } from './raster-format.ts';

/*
 * Draws pages into memory of PDFium that is used again for each page. The package copies each page out of that memory
 * twice, which is a third of the time of a page in colour; so its inner module is used, by the names of PDFium's own
 * functions [pdfium, public/fpdfview.h].
 */

interface Module {
  HEAPU8: { buffer: ArrayBuffer };
  wasmExports: { malloc(octets: number): number; free(address: number): void };
  _FPDFBitmap_CreateEx(width: number, height: number, format: number, address: number, stride: number): number;
  _FPDFBitmap_FillRect(bitmap: number, x: number, y: number, width: number, height: number, color: number): void;
  _FPDFBitmap_Destroy(bitmap: number): void;
  _FPDF_RenderPageBitmap(...numbers: number[]): void;
  _FPDF_ClosePage(page: number): void;
}

/** FPDFBitmap_Gray and FPDFBitmap_BGRx, which is red, green and blue with reversed octets */
const formats = { gray: 1, color: 3 };
/** FPDF_ANNOT, and FPDF_GRAYSCALE or FPDF_REVERSE_BYTE_ORDER */
const flags = { gray: 0x01 | 0x08, color: 0x01 | 0x10 };
const white = 0xffffffff;

export class PageBitmap {
  readonly #module: Module;
  #address = 0;
  #octets = 0;

  constructor(document: PDFiumDocument) {
    this.#module = (document as unknown as { module: Module }).module;
  }

  /** The pixels are good until the next call. */
  draw(page: PDFiumPage, width: number, height: number, kind: 'gray' | 'color'): Page {
    const module = this.#module;
    const octetsPerPixel = kind === 'color' ? 4 : 1;
    const address = this.#memory(width * height * octetsPerPixel);
    const bitmap = module._FPDFBitmap_CreateEx(width, height, formats[kind], address, width * octetsPerPixel);
    if (bitmap === 0) throw new Error(`no bitmap of ${width} × ${height} dots can be made`);
    const number = (page as unknown as { pageIdx: number }).pageIdx;
    module._FPDFBitmap_FillRect(bitmap, 0, 0, width, height, white);
    module._FPDF_RenderPageBitmap(bitmap, number, 0, 0, width, height, 0, flags[kind]);
    module._FPDFBitmap_Destroy(bitmap);
    module._FPDF_ClosePage(number);
    const { buffer } = module.HEAPU8;
    const count = width * height;
    const pixels = kind === 'color' ? new Uint32Array(buffer, address, count) : new Uint8Array(buffer, address, count);
    return { width, height, pixels };
  }

  #memory(octets: number): number {
    if (octets <= this.#octets) return this.#address;
    if (this.#address !== 0) this.#module.wasmExports.free(this.#address);
    this.#address = this.#module.wasmExports.malloc(octets);
    this.#octets = octets;
    if (this.#address === 0) throw new Error('the page needs too much memory');
    return this.#address;
  }
}
