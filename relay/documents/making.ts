/** Conversions of a PDF that the relay does for printers that cannot. */
export interface Making {
  /** 1-based, both ends included, in ascending order; absent: all pages */
  ranges?: { from: number; to: number }[];
  /** the pages again and again; absent: once */
  copies?: number;
  /** absent: a PDF */
  raster?: RasterTarget;
}

/** A raster as a printer takes it [PWG 5102.4, and Apple's URF], or a JPEG for each page. */
export interface RasterTarget {
  format: 'image/pwg-raster' | 'image/urf' | 'image/jpeg';
  /** the printer's own spelling of the medium, and its size in points; absent: of each page */
  media?: { name: string; width: number; height: number };
  /** dots per inch, the same both ways */
  resolution: number;
  isColor: boolean;
  sides: 'one-sided' | 'two-sided-long-edge' | 'two-sided-short-edge';
  /** how the back of a sheet has to be turned [PWG 5102.4 pwg-raster-document-sheet-back] */
  sheetBack: 'normal' | 'flipped' | 'rotated' | 'manual-tumble';
}

export interface MakingRequest {
  making: Making;
  from: string;
  to: string;
}

/** Paths of the documents that were made, in their order; or a message that says why none can be made. */
export type MakingAnswer = { made: string[] } | { message: string };
