import type { PageContent } from './html-document.ts';
import type { PagePass, PageRange } from './page-ranges.ts';
import type { Margins, Size } from './paper-size.ts';

/** One line with codes, as ScriptX has it, or HTML, as PDF.co has it. */
export type Band = { kind: 'codes'; line: string } | { kind: 'html'; html: string };

/** HTML inside the margins, on every page or on the first one; millimetres, 0 is as high as the HTML needs. */
export interface Fragment {
  html: string;
  height: number;
}

export interface HeadersAndFooters {
  /** in the top and bottom margin of every page */
  header?: Band;
  footer?: Band;
  /** CSS declarations for both */
  font?: string;
  allPagesHeader?: Fragment;
  allPagesFooter?: Fragment;
  /** takes the place of the one for all pages */
  firstPageHeader?: Fragment;
  firstPageFooter?: Fragment;
  /** stands above the first page's footer */
  extraFirstPageFooter?: Fragment;
  locale?: string;
  /** .NET patterns */
  shortDateFormat?: string;
  longDateFormat?: string;
  timeFormat?: string;
  timezoneOffset?: number;
  /** the moment that dates in headers show */
  now: Date;
}

export interface RenderRequest {
  content: PageContent;
  /** for the page's own origin, and no other */
  cookies?: { name: string; value: string }[];
  credentials?: { username: string; password: string };
  /** as it lies: landscape is wider than tall */
  paper: Size;
  /** sides left out are the page's own, from its style sheets */
  margins?: Partial<Margins>;
  /** percent, or made narrow enough that nothing is cut off on the right */
  scale?: number | 'fit-width';
  backgrounds: boolean;
  media: 'print' | 'screen';
  /** the load event and quiet on the network, or only the document itself */
  fullLoad: boolean;
  /** whether the page's own scripts run */
  scripts: boolean;
  /** run in the page when it is loaded, also when its own scripts are not */
  customScript?: string;
  headersAndFooters?: HeadersAndFooters;
  /** numbers of the whole document, which headers and footers keep */
  pageRanges?: PageRange[];
  pagePass?: PagePass;
  /** from the first step to the last */
  deadlineMs: number;
  /** of everything that the page fetches together */
  maxOctets?: number;
  maxPages?: number;
}

/** What the renderer is doing; inline content has no downloading. */
export type RenderStep = 'downloading' | 'downloaded' | 'printing';

export interface RenderOptions {
  signal?: AbortSignal;
  onStep?: (step: RenderStep) => void;
}

export interface RenderResult {
  pdf: Uint8Array;
  /** in the PDF, after page ranges */
  pageCount: number;
  title: string;
  /** sentences for the person who sent the job: what may not look as expected */
  warnings: string[];
}
