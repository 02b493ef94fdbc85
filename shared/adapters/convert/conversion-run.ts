import type { ConversionContext } from '../../core/ports/index.ts';
import type { Permit } from '../../protocol/semaphore.ts';
import type { BrowserPool } from './browser/browser.ts';
import type { PdfWorker } from './pdf/pdf-worker.ts';

/** What a conversion works with. */
export interface ConversionTools {
  browsers(): Promise<BrowserPool>;
  /** A thread to oneself for the time of `work`: a PDF that keeps one busy keeps nothing else waiting. */
  withPdfWorker<Result>(work: (worker: PdfWorker) => Promise<Result>): Promise<Result>;
}

/** A conversion's own time, and the way to end it or to wait without a permit. */
export interface ConversionRun extends Pick<ConversionContext, 'read' | 'onStep'>, Pick<Permit, 'meanwhile'> {
  signal: AbortSignal;
  deadlineMs: number;
}
