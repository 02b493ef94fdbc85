import type { Fragment, HeadersAndFooters, Margins, PageConversion } from '../../core/domain/conversion.ts';
import {
  booleanOptions,
  millimetresIn,
  orientations,
  printingPasses,
  type Units,
  unitsOf,
  units as unitValues,
} from './enums.ts';
import { parsePageRange } from './page-ranges.ts';
import { enumIn, type Members, numberIn, objectIn, textIn } from './values.ts';

/** HtmlPrintSettings in both directions: a client's settings, and the defaults that it receives and sends back. */

/** Internet Explorer's page setup, which the vendor's service inherits. */
const defaultMarginMm = 19.05;
/** The value of `viewScale` for shrink to fit. */
const fitToWidth = -1;
const smallestPercent = 10;
const largestPercent = 200;

/** The layout of a page. Throws `bad-page-range`. */
export function layoutOf(settings: Members): Omit<PageConversion, 'kind' | 'content' | 'paper'> {
  const page = objectIn(settings, 'page');
  const isLandscape = enumIn(page, 'orientation', orientations) === orientations.landscape;
  const units = unitsOf(enumIn(page, 'units', unitValues));
  const pass = enumIn(settings, 'printingPass', printingPasses);
  return {
    orientation: isLandscape ? 'landscape' : 'portrait',
    margins: marginsOf(objectIn(page, 'margins'), units),
    scale: scaleOf(numberIn(settings, 'viewScale')),
    backgrounds: enumIn(settings, 'printBackgroundColorsAndImages', booleanOptions) === booleanOptions.true,
    media: 'print',
    fullLoad: true,
    scripts: true,
    headersAndFooters: headersAndFooters(settings, units),
    pageRanges: parsePageRange(textIn(settings, 'pageRange')),
    pagePass: pass === printingPasses.odd ? 'odd' : pass === printingPasses.even ? 'even' : 'all',
  };
}

function marginsOf(margins: Members, units: Units): Margins {
  const side = (name: keyof Margins) => {
    const given = numberIn(margins, name);
    return given === undefined ? defaultMarginMm : Math.max(0, given) * millimetresIn[units];
  };
  return { top: side('top'), right: side('right'), bottom: side('bottom'), left: side('left') };
}

/** 0 is Internet Explorer's default, which also shrinks to fit. */
function scaleOf(percent = fitToWidth): number | 'fit-width' {
  if (percent <= 0) return 'fit-width';
  return Math.min(Math.max(percent, smallestPercent), largestPercent);
}

/** Without a header or footer, or with `null`, the page has none: an invoice must not show an address by default. */
function headersAndFooters(settings: Members, units: Units): HeadersAndFooters {
  const extra = objectIn(settings, 'extraHeadersAndFooters');
  const line = (name: string) => ({ kind: 'codes' as const, line: textIn(settings, name) ?? '' });
  const fragment = (name: string, heightName: string): Fragment => ({
    html: textIn(extra, name) ?? '',
    height: Math.max(0, numberIn(extra, heightName) ?? 0) * millimetresIn[units],
  });
  return {
    header: line('header'),
    footer: line('footer'),
    font: textIn(settings, 'headerFooterFont'),
    allPagesHeader: fragment('allPagesHeader', 'allHeaderHeight'),
    allPagesFooter: fragment('allPagesFooter', 'allFooterHeight'),
    firstPageHeader: fragment('firstPageHeader', 'firstHeaderHeight'),
    firstPageFooter: fragment('firstPageFooter', 'firstFooterHeight'),
    extraFirstPageFooter: fragment('extraFirstPageFooter', 'extraFirstFooterHeight'),
    locale: textIn(settings, 'locale'),
    shortDateFormat: textIn(settings, 'shortDateFormat'),
    longDateFormat: textIn(settings, 'longDateFormat'),
    timeFormat: textIn(settings, 'timeformat'),
    timezoneOffset: numberIn(settings, 'timezoneOffset'),
  };
}

/** The client stores these as its own settings and sends them back, so every object that it reads is present. */
export function defaultSettings(units: Units) {
  const margin = String(inUnits(defaultMarginMm, units));
  return {
    locale: 'en-US',
    shortDateFormat: 'd',
    longDateFormat: 'D',
    timeformat: 't',
    timezoneOffset: 0,
    documentUrl: '',
    header: '',
    footer: '',
    headerFooterFont: '',
    page: {
      orientation: orientations.portrait,
      units: unitValues[units],
      margins: { left: margin, top: margin, bottom: margin, right: margin },
    },
    viewScale: fitToWidth,
    printBackgroundColorsAndImages: booleanOptions.false,
    pageRange: '',
    printingPass: printingPasses.all,
    extraHeadersAndFooters: {
      allPagesHeader: '',
      allPagesFooter: '',
      firstPageHeader: '',
      firstPageFooter: '',
      extraFirstPageFooter: '',
      allHeaderHeight: 0,
      allFooterHeight: 0,
      firstHeaderHeight: 0,
      firstFooterHeight: 0,
      extraFirstFooterHeight: 0,
    },
    jobTitle: '',
  };
}

/** Converts millimetres to the requested units, rounded. */
export const inUnits = (millimetres: number, units: Units) =>
  Math.round((millimetres / millimetresIn[units]) * 1e4) / 1e4;
