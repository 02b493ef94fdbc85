import type { HeadersAndFooters, PagePass, PageRange } from '../domain/conversion.ts';
import type { PageContent } from './html-document.ts';
import type { Margins, Size } from './paper-size.ts';

/** As they were asked for, at the moment that dates in them show. */
export interface DatedHeadersAndFooters extends HeadersAndFooters {
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
  headersAndFooters?: DatedHeadersAndFooters;
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
