import type { HeadersAndFooters, PageConversion } from '../../../core/domain/conversion.ts';
import type { Permit } from '../../../protocol/semaphore.ts';
import type { Size } from '../paper-size.ts';
import type { PdfOperations } from '../pdf/pdf.ts';
import type { PageContent } from './html-document.ts';

/** As they were asked for, at the moment that dates in them show. */
export interface DatedHeadersAndFooters extends HeadersAndFooters {
  now: Date;
}

/** A page to be made into a PDF, with everything decided that a conversion may leave open. */
export interface RenderRequest
  extends Omit<PageConversion, 'kind' | 'content' | 'paper' | 'orientation' | 'headersAndFooters'> {
  content: PageContent;
  /** as it lies: landscape is wider than tall */
  paper: Size;
  headersAndFooters?: DatedHeadersAndFooters;
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
  /** the same elsewhere: thousands of pages keep a thread busy for seconds */
  pdfWork?: Pick<PdfOperations, 'selectPdfPages' | 'stampPdf'>;
  /** Waits for the page to load; others may go on when that takes long. */
  meanwhile?: Permit['meanwhile'];
}

export interface RenderResult {
  pdf: Uint8Array;
  /** in the PDF, after page ranges */
  pageCount: number;
  title: string;
  /** sentences for the person who sent the job: what may not look as expected */
  warnings: string[];
}
