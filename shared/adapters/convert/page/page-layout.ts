import type { Band, Fragment } from '../../../core/domain/conversion.ts';
import { RenderError } from '../../web/render-error.ts';
import type { Margins, Size } from '../paper-size.ts';
import { fragmentToHtml, type HeaderFooterValues, isNoLine, lineToHtml } from './header-footer.ts';
import type { DatedHeadersAndFooters, RenderRequest } from './render-request.ts';

/**
 * The place of everything on the paper, in millimetres. Lines with codes are in the middle of the top and bottom
 * margin. Fragments stand inside the margins and take their height from the content, on the first page or on all.
 */
export interface PlacedBand {
  html: string;
  on: 'all' | 'first' | 'rest';
  top: number;
  height: number;
  align: 'start' | 'center' | 'end';
}

type Fragments = Pick<
  DatedHeadersAndFooters,
  'allPagesHeader' | 'allPagesFooter' | 'firstPageHeader' | 'firstPageFooter' | 'extraFirstPageFooter'
>;
export const fragmentNames = [
  'allPagesHeader',
  'allPagesFooter',
  'firstPageHeader',
  'firstPageFooter',
  'extraFirstPageFooter',
] as const satisfies (keyof Fragments)[];

/** Room for a header or footer if the request has no margin. */
const bandMarginMm = 15;
const smallestContentMm = 10;

/** Letters as far apart as their font says: by default the browser rounds each to whole pixels of a screen. */
export const exactAdvances = '*{text-rendering:geometricPrecision!important}';

const isThere = (band: Band | undefined): band is Band =>
  band !== undefined && !isNoLine(band.kind === 'codes' ? band.line : band.html);

/** Fragments that print something. */
export function presentFragments(
  bands: DatedHeadersAndFooters | undefined,
): Partial<Record<keyof Fragments, Fragment>> {
  const found = fragmentNames.flatMap(name => {
    const fragment = bands?.[name];
    return fragment && !isNoLine(fragment.html) ? [[name, fragment] as const] : [];
  });
  return Object.fromEntries(found);
}

export const hasBands = (bands: DatedHeadersAndFooters | undefined): boolean =>
  isThere(bands?.header) || isThere(bands?.footer) || Object.keys(presentFragments(bands)).length > 0;

/** Margins as far as the request decides them; sides left out are the page's own. */
export function givenMargins({ margins, headersAndFooters }: RenderRequest): Partial<Margins> {
  const fragments = presentFragments(headersAndFooters);
  const above = isThere(headersAndFooters?.header) || fragments.allPagesHeader || fragments.firstPageHeader;
  const below =
    isThere(headersAndFooters?.footer) ||
    fragments.allPagesFooter ||
    fragments.firstPageFooter ||
    fragments.extraFirstPageFooter;
  return { ...(above && { top: bandMarginMm }), ...(below && { bottom: bandMarginMm }), ...withoutHoles(margins) };
}

const withoutHoles = (margins: Partial<Margins> = {}): Partial<Margins> =>
  Object.fromEntries(Object.entries(margins).filter(([, value]) => value !== undefined));

/** How far the fragments push the content in, on first and other pages. */
function reserved(heights: Partial<Record<keyof Fragments, number>>) {
  const header = heights.allPagesHeader ?? 0;
  const footer = heights.allPagesFooter ?? 0;
  const extra = heights.extraFirstPageFooter ?? 0;
  return {
    rest: { top: header, bottom: footer },
    first: { top: heights.firstPageHeader ?? header, bottom: (heights.firstPageFooter ?? footer) + extra },
  };
}

/**
 * How wide the content may be, in millimetres.
 * @throws RenderError `bad-request` when the margins leave next to nothing of the paper
 */
export function printableWidth(paper: Size, margins: Partial<Margins>): number {
  if (!leavesRoom(paper, margins)) throw new RenderError('bad-request', 'The margins leave no room on the paper.');
  return paper.width - (margins.left ?? 0) - (margins.right ?? 0);
}

export const leavesRoom = (paper: Size, { left = 0, right = 0, top = 0, bottom = 0 }: Partial<Margins>): boolean =>
  paper.width - left - right >= smallestContentMm && paper.height - top - bottom >= smallestContentMm;

interface OwnSizes {
  /** selectors of the document's own pages that lie on their side */
  turned: string[];
  /** the document's own sizes count */
  keepsSize: boolean;
}

/**
 * The style sheet that gives the pages their size and margins, over the page's own unless that says `!important`.
 * @throws RenderError `bad-request` when nothing is left of the paper
 */
export function pageStyle(
  paper: Size,
  margins: Partial<Margins>,
  heights: Partial<Record<keyof Fragments, number>>,
  { turned, keepsSize }: OwnSizes = { turned: [], keepsSize: false },
): string {
  const { first, rest } = reserved(heights);
  const { top = 0, bottom = 0 } = margins;
  const tallest = Math.max(first.top + first.bottom, rest.top + rest.bottom);
  if (top + bottom + tallest > paper.height - smallestContentMm) {
    throw new RenderError('bad-request', 'The margins, headers and footers leave no room on the paper.');
  }
  const side = (name: keyof Margins, inset: number) => {
    const margin = margins[name];
    return margin === undefined ? '' : `margin-${name}:${margin + inset}mm !important;`;
  };
  const vertical = (inset: { top: number; bottom: number }) => side('top', inset.top) + side('bottom', inset.bottom);
  const size = keepsSize ? '' : `size:${paper.width}mm ${paper.height}mm !important;`;
  const onSide = keepsSize ? [] : turned;
  const sideways = onSide.map(name => `@page ${name}{size:${paper.height}mm ${paper.width}mm !important}`).join('');
  return `${exactAdvances}@page{${size}${side('left', 0)}${side('right', 0)}${vertical(rest)}}@page :first{${vertical(first)}}${sideways}`;
}

/** Every header and footer in its place. Fragment heights are the measured ones where the request left them open. */
export function placeBands(
  paper: Size,
  margins: Partial<Margins>,
  bands: DatedHeadersAndFooters,
  heights: Partial<Record<keyof Fragments, number>>,
  values: HeaderFooterValues,
): PlacedBand[] {
  const { top = 0, bottom = 0 } = margins;
  const inset = reserved(heights);
  const floor = paper.height - bottom;
  const placed: PlacedBand[] = [];
  const toHtml = (band: Band) =>
    band.kind === 'codes' ? lineToHtml(band.line, values) : fragmentToHtml(band.html, values);

  if (isThere(bands.header)) {
    placed.push({ html: toHtml(bands.header), on: 'all', top: 0, height: top, align: 'center' });
  }
  if (isThere(bands.footer)) {
    placed.push({ html: toHtml(bands.footer), on: 'all', top: floor, height: bottom, align: 'center' });
  }
  const put = (name: keyof Fragments, on: PlacedBand['on'], from: number, align: PlacedBand['align']) => {
    const height = heights[name];
    if (height === undefined) return;
    placed.push({ html: fragmentToHtml(bands[name]?.html ?? '', values), on, top: from, height, align });
  };
  const height = (name: keyof Fragments) => heights[name] ?? 0;
  put('allPagesHeader', heights.firstPageHeader === undefined ? 'all' : 'rest', top, 'start');
  put('firstPageHeader', 'first', top, 'start');
  put(
    'allPagesFooter',
    heights.firstPageFooter === undefined ? 'all' : 'rest',
    floor - height('allPagesFooter'),
    'end',
  );
  put('firstPageFooter', 'first', floor - height('firstPageFooter'), 'end');
  put('extraFirstPageFooter', 'first', floor - inset.first.bottom, 'end');
  return placed;
}
