import { FairSemaphore } from '../../../protocol/semaphore.ts';
import type { EgressPolicy } from '../../web/egress-policy.ts';
import { openEgressProxy } from '../../web/egress-proxy.ts';
import { RenderError } from '../../web/render-error.ts';
import { type ProcessModel, processModelHere } from './browser-process.ts';
import { type Cell, type CellKind, type OpenCell, openCell } from './cell.ts';
import { CellSupply } from './cell-supply.ts';
import { canceled, settlesWithin } from './deadline.ts';
import { Generations } from './generations.ts';

export interface BrowserPool {
  /**
   * Runs `work` in a fresh cell of a kind, waiting while all cells are busy. When `signal` aborts, or the browser ends, the cell
   * is torn down at once and the promise rejects, whatever the page is doing.
   */
  use<Result>(signal: AbortSignal, work: (cell: Cell) => Promise<Result>, kind?: CellKind): Promise<Result>;
  /** Ends running jobs with `canceled`, then all browsers, and removes their folders. */
  close(): Promise<void>;
}

export interface BrowserPoolOptions extends Partial<EgressPolicy> {
  /** jobs at work at the same time; more wait in order */
  concurrency?: number;
  processModel?: ProcessModel;
}

/** Jobs with less between them come in a row: their cells are made while the one before is at work. */
const inARowMs = 50;
/** The delay between a job's end and the preparation of the next cell. */
const restMs = 20;
const reportMs = 1_000;

/** A pool of warm browsers. Each job gets a cell of its own. */
export async function openBrowserPool(options: BrowserPoolOptions = {}): Promise<BrowserPool> {
  const model = options.processModel ?? processModelHere();
  const proxy = await openEgressProxy({ ...options, allowFetch: options.allowFetch ?? [] });
  const closing = new AbortController();
  const generations = new Generations(model, proxy.port);
  const cells = new CellSupply(kind => openCell(generations, proxy, model, kind), closing.signal);
  const turns = new FairSemaphore(options.concurrency ?? 2);
  let underWay = 0;
  let lastEnd = Number.NEGATIVE_INFINITY;

  /**
   * Renderers take long to start and to end, and the result should wait for neither. In one process it begins at once:
   * there, nothing may run after the result.
   */
  function tidyUp(cell: OpenCell): void {
    const tidy = () => {
      cell.dispose().catch(() => {});
      cells.prepare(cell.kind);
    };
    if (model === 'one-process') tidy();
    else setTimeout(tidy, restMs);
  }

  return {
    async use(signal, work, wanted = 'window') {
      // a spare of each kind would be a browser of each kind
      const kind = model === 'one-process' ? 'window' : wanted;
      const ending = AbortSignal.any([signal, closing.signal]);
      if (ending.aborted) throw abortError(ending);
      const turn = await turns.take(ending).catch(() => Promise.reject(abortError(ending)));
      // in one process a second cell is a second browser, and its memory
      const inARow = model !== 'one-process' && (underWay > 0 || performance.now() - lastEnd < inARowMs);
      underWay++;
      try {
        const cell = await cells.take(kind);
        // made after this job, the next in a row would wait for all of it
        if (inARow) cells.prepare(kind);
        try {
          return await orEnd(cell, ending, () => work({ ...cell, meanwhile: turn.meanwhile }));
        } finally {
          tidyUp(cell);
        }
      } finally {
        underWay--;
        lastEnd = performance.now();
        turn.end();
      }
    },
    async close() {
      closing.abort(canceled());
      await cells.close();
      await generations.endAll();
      await proxy.close();
    },
  };
}

/** The work, or the first of: the signal aborts, the page crashes, the browser ends. */
async function orEnd<Result>(cell: OpenCell, signal: AbortSignal, work: () => Promise<Result>) {
  const { browser } = await cell.generation.process;
  const ended = Promise.withResolvers<never>();
  const onAbort = () => ended.reject(abortError(signal));
  const onPageCrash = () =>
    ended.reject(new RenderError('page-crashed', 'The page ended its process. It may have needed too much memory.'));
  const onCrash = () => ended.reject(new RenderError('crashed', 'The browser ended while it rendered the page.'));
  signal.addEventListener('abort', onAbort, { once: true });
  cell.page.once('error', onPageCrash);
  browser.once('disconnected', onCrash);
  if (signal.aborted) onAbort();
  // what a page's end interrupts may fail first: the browser reports the end before it answers anything else
  const result = work().catch(async error => {
    await settlesWithin(reportMs, browser.version());
    throw error;
  });
  // Errors of the page after the race are ignored.
  result.catch(() => {});
  try {
    return await Promise.race([result, ended.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    browser.off('disconnected', onCrash);
  }
}

const abortError = (signal: AbortSignal): RenderError =>
  signal.reason instanceof RenderError ? signal.reason : canceled();
