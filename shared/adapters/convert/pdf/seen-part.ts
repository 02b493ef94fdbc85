import type { PDFPage } from '@cantoo/pdf-lib';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * What readers show of a page: its crop box as far as it lies on the sheet, in the page's units, before it is turned;
 * and how many points such a unit is [ISO 32000-1, table 30, CropBox, UserUnit].
 */
export async function seenPart(page: PDFPage): Promise<{ box: Box; unit: number }> {
  const { PDFName, PDFNumber } = await import('@cantoo/pdf-lib');
  const media = page.getMediaBox();
  const written = page.node.get(PDFName.of('UserUnit'));
  const unit = written instanceof PDFNumber && written.asNumber() > 0 ? written.asNumber() : 1;
  return { box: common(cropBoxOf(page), media) ?? media, unit };
}

function cropBoxOf(page: PDFPage): Box {
  try {
    return page.getCropBox();
  } catch {
    // no array of four numbers
    return page.getMediaBox();
  }
}

function common(one: Box, other: Box): Box | undefined {
  const [x, y] = [Math.max(one.x, other.x), Math.max(one.y, other.y)];
  const width = Math.min(one.x + one.width, other.x + other.width) - x;
  const height = Math.min(one.y + one.height, other.y + other.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
