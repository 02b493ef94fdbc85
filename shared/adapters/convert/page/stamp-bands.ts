import type { Page } from 'puppeteer-core';
import type { Margins, Size } from '../paper-size.ts';
import { pageSizes } from '../pdf/pdf-reader.ts';
import type { HeaderFooterValues } from './header-footer.ts';
import { type OverlayPlan, renderOverlay } from './overlay.ts';
import { placeBands } from './page-layout.ts';
import type { DatedHeadersAndFooters, RenderOptions, RenderRequest } from './render-request.ts';

interface BandPlan extends Pick<OverlayPlan, 'pages' | 'totalPages'> {
  request: RenderRequest;
  margins: Partial<Margins>;
  heights: Parameters<typeof placeBands>[3];
  bands: DatedHeadersAndFooters;
  values: HeaderFooterValues;
  /** for relative addresses of pictures */
  base: string | undefined;
  mixesSizes: boolean;
}

/** Lays headers and footers over the pages of `pdf`, whose numbers in the whole document are `plan.pages`. */
export async function stampBands(
  pdf: Uint8Array,
  overlayPage: Page,
  plan: BandPlan,
  { stampPdf }: Pick<NonNullable<RenderOptions['pdfWork']>, 'stampPdf'>,
): Promise<Uint8Array> {
  const { request, margins, heights, bands, values, base, pages, totalPages } = plan;
  let stamped = pdf;
  for (const { size, indexes } of await pagesBySize(pdf, plan)) {
    const placed = placeBands(size, margins, bands, heights, values);
    const overlay = await renderOverlay(overlayPage, {
      paper: size,
      margins,
      bands: placed,
      font: request.headersAndFooters?.font,
      address: base,
      pages: indexes.map(index => pages[index] as number),
      totalPages,
    });
    stamped = await stampPdf(stamped, overlay, indexes);
  }
  return stamped;
}

/** Sizes in a PDF are whole dots of the browser's. */
const sameWithinMm = 1;

/** Pages of one size get their headers and footers together: most documents have one size only. */
async function pagesBySize(pdf: Uint8Array, { request, pages, mixesSizes }: BandPlan) {
  const groups: { size: Size; indexes: number[] }[] = [];
  const sizes = mixesSizes ? await pageSizes(pdf) : pages.map(() => request.paper);
  for (const [index, size] of sizes.entries()) {
    const isSame = (other: Size) =>
      Math.abs(other.width - size.width) < sameWithinMm && Math.abs(other.height - size.height) < sameWithinMm;
    let group = groups.find(known => isSame(known.size));
    if (!group) {
      group = { size: isSame(request.paper) ? request.paper : size, indexes: [] };
      groups.push(group);
    }
    group.indexes.push(index);
  }
  return groups;
}
