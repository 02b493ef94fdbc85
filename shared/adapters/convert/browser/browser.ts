import type { BrowserContext, CDPSession, Page } from 'puppeteer-core';
import type { EgressPolicy } from '../../web/egress-policy.ts';
import { credentialCheckUrl, openEgressProxy } from '../../web/egress-proxy.ts';
import { RenderError } from '../../web/render-error.ts';
import type { Traffic } from '../../web/traffic.ts';
import { Turns } from '../turns.ts';
import { type BrowserProcess, type ProcessModel, processModelHere, startBrowser } from './browser-process.ts';

/**
 * Warm browsers, lent for one job at a time. What separates two jobs is a browser context (cookies, storage, cache,
 * connections) with a renderer process of its own; both are made anew for every job, but before the job comes: one
 * cell always stands ready, so their making (about 80 ms) is not on anybody's way. A cell is used once and thrown away.
 */
export interface Cell {
  page: Page;
  session: CDPSession;
  context: BrowserContext;
  traffic: Traffic;
  /** Opens the way out, which is closed until then: most of what is printed fetches nothing, and this takes 10 ms. */
  goOnline(): Promise<void>;
  /** Waits for what others have to do; when that takes long, the next job begins meanwhile. */
  meanwhile<Result>(slow: Promise<Result>): Promise<Result>;
}

export interface BrowserPool {
  /**
   * Runs `work` in a fresh cell, waiting while all cells are busy. When `signal` aborts, or the browser ends, the cell
   * is torn down at once and the promise rejects, whatever the page is doing.
   */
  use<Result>(signal: AbortSignal, work: (cell: Cell) => Promise<Result>): Promise<Result>;
  /** Waits for nothing: jobs under way end with `canceled`. Afterwards nothing is left running or lying about. */
  close(): Promise<void>;
}

export interface BrowserPoolOptions extends Partial<EgressPolicy> {
  /** jobs at work at the same time; more wait in order */
  concurrency?: number;
  processModel?: ProcessModel;
}

/** Chromium's browser process grows slowly; a new one from time to time keeps memory flat. */
const jobsPerBrowser = 200;
const cellDeadlineMs = 20_000;
const healthDeadlineMs = 2_000;
/** A cell that was made so lately is sound. */
const freshMs = 1_000;
/** Jobs with less between them come in a row: their cells are made while the one before is at work. */
const inARowMs = 50;
/** Between a job's end and the work that the next one needs. */
const restMs = 20;
const disposeDeadlineMs = 2_000;

interface Generation {
  process: Promise<BrowserProcess>;
  cells: number;
  openCells: number;
  retired: boolean;
}

interface OpenCell extends Omit<Cell, 'meanwhile'> {
  generation: Generation;
  madeAt: number;
  dispose(): Promise<void>;
}

export async function openBrowserPool(options: BrowserPoolOptions = {}): Promise<BrowserPool> {
  const model = options.processModel ?? processModelHere();
  const cellsPerBrowser = model === 'one-process' ? 1 : jobsPerBrowser;
  const proxy = await openEgressProxy({ ...options, allowFetch: options.allowFetch ?? [] });
  const closing = new AbortController();
  const generations = new Set<Generation>();
  const turns = new Turns(options.concurrency ?? 2);
  let current: Generation | undefined;
  let spare: Promise<OpenCell> | undefined;
  let underWay = 0;
  let lastEnd = Number.NEGATIVE_INFINITY;

  function generation(): Generation {
    if (current && !current.retired && current.cells < cellsPerBrowser) return current;
    if (current) retire(current);
    const next: Generation = { process: startBrowser(model, proxy.port), cells: 0, openCells: 0, retired: false };
    generations.add(next);
    next.process.then(
      ({ browser }) => browser.once('disconnected', () => retire(next)),
      () => retire(next),
    );
    current = next;
    return next;
  }

  /** Takes no new cells, and ends with its last one. */
  function retire(old: Generation): void {
    old.retired = true;
    if (old.openCells === 0) endGeneration(old);
  }

  async function endGeneration(old: Generation): Promise<void> {
    await old.process.then(process => process.end()).catch(() => {});
    generations.delete(old);
  }

  async function openCell(): Promise<OpenCell> {
    const home = generation();
    home.cells++;
    home.openCells++;
    const traffic = proxy.admit();
    const release = () => {
      traffic.close();
      home.openCells--;
      if (home.retired || model === 'one-process') retire(home);
    };
    try {
      const { browser } = await home.process;
      const context = model === 'one-process' ? browser.defaultBrowserContext() : await browser.createBrowserContext();
      const dispose = async () => {
        const closed = await settlesWithin(disposeDeadlineMs, disposeContext(context, model));
        // A context that does not go away means a browser that cannot be trusted with the next job.
        if (!closed) home.retired = true;
        release();
      };
      try {
        const page = await context.newPage();
        const session = await page.createCDPSession();
        await refuseDistractions(page, session);
        const goOnline = () => signIn(page, session, traffic);
        return { page, session, context, traffic, goOnline, generation: home, madeAt: performance.now(), dispose };
      } catch (error) {
        await disposeContext(context, model).catch(() => {});
        throw error;
      }
    } catch (error) {
      home.retired = true;
      release();
      throw error;
    }
  }

  /** The spare when there is a sound one, else a new cell; a browser that died meanwhile is replaced, once. */
  async function takeCell(): Promise<OpenCell> {
    const prepared = spare;
    spare = undefined;
    const ready = await prepared?.catch(() => undefined);
    if (ready) {
      if (!ready.generation.retired && (await isSound(ready))) return ready;
      ready.generation.retired = true;
      await ready.dispose();
    }
    const fresh = () => within(cellDeadlineMs, openCell());
    return fresh().catch(() => (closing.signal.aborted ? Promise.reject(canceled()) : fresh()));
  }

  function prepareSpare(): void {
    if (closing.signal.aborted || spare) return;
    spare = openCell();
    // A failure shows when the spare is taken.
    spare.catch(() => {});
  }

  /**
   * Renderers take long to make and to end, and what is made of the result now should not wait for either. In one
   * process it is begun at once all the same: where that is needed, nothing may run any more after the result.
   */
  function tidyUp(cell: OpenCell): void {
    const tidy = () => {
      cell.dispose().catch(() => {});
      prepareSpare();
    };
    if (model === 'one-process') tidy();
    else setTimeout(tidy, restMs);
  }

  return {
    async use(signal, work) {
      const ending = AbortSignal.any([signal, closing.signal]);
      if (ending.aborted) throw abortError(ending);
      const turn = await turns.take(ending).catch(() => Promise.reject(abortError(ending)));
      // In one process a second cell is a second browser, and its memory.
      const inARow = model !== 'one-process' && (underWay > 0 || performance.now() - lastEnd < inARowMs);
      underWay++;
      try {
        const cell = await takeCell();
        // Made after this job, the next in a row would wait for all of it.
        if (inARow) prepareSpare();
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
      const left = spare;
      spare = undefined;
      await left?.then(
        cell => cell.dispose(),
        () => {},
      );
      await Promise.all([...generations].map(endGeneration));
      await proxy.close();
    },
  };
}

const isSound = async ({ madeAt, page }: OpenCell): Promise<boolean> =>
  performance.now() - madeAt < freshMs || settlesWithin(healthDeadlineMs, page.evaluate('1'));

/** The work, or the first of: the signal aborts, the page crashes, the browser ends. */
async function orEnd<Result>(cell: OpenCell, signal: AbortSignal, work: () => Promise<Result>) {
  const { browser } = await cell.generation.process;
  const ended = Promise.withResolvers<never>();
  const onAbort = () => ended.reject(abortError(signal));
  const onCrash = () => ended.reject(new RenderError('crashed', 'The browser ended while it rendered the page.'));
  signal.addEventListener('abort', onAbort, { once: true });
  cell.page.once('error', onCrash);
  browser.once('disconnected', onCrash);
  if (signal.aborted) onAbort();
  const result = work();
  // What the page still throws after the race is decided has no reader.
  result.catch(() => {});
  try {
    return await Promise.race([result, ended.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    browser.off('disconnected', onCrash);
  }
}

/** Answers the proxy's challenge once; the context then sends its credentials with everything, workers included. */
async function signIn(page: Page, session: CDPSession, traffic: Traffic): Promise<void> {
  const answer = ({ requestId }: { requestId: string }) => {
    const authChallengeResponse = { response: 'ProvideCredentials' as const, ...traffic.credentials };
    session.send('Fetch.continueWithAuth', { requestId, authChallengeResponse }).catch(() => {});
  };
  const pass = ({ requestId }: { requestId: string }) => {
    session.send('Fetch.continueRequest', { requestId }).catch(() => {});
  };
  session.on('Fetch.authRequired', answer);
  session.on('Fetch.requestPaused', pass);
  await session.send('Fetch.enable', {
    handleAuthRequests: true,
    patterns: [{ urlPattern: `${credentialCheckUrl}*` }],
  });
  await page.evaluate(`fetch(${JSON.stringify(credentialCheckUrl)}, { mode: 'no-cors' }).then(() => 1)`);
  await session.send('Fetch.disable');
  session.off('Fetch.authRequired', answer);
  session.off('Fetch.requestPaused', pass);
}

/** What a page could stop a job with: dialogs are dismissed, downloads refused. New windows the browser itself blocks. */
async function refuseDistractions(page: Page, session: CDPSession): Promise<void> {
  page.on('dialog', dialog => dialog.dismiss().catch(() => {}));
  await session.send('Browser.setDownloadBehavior', { behavior: 'deny' });
}

/** In one process the context is the browser's only one, and goes with it. */
const disposeContext = (context: BrowserContext, model: ProcessModel) =>
  model === 'one-process' ? Promise.resolve() : context.close();

const canceled = () => new RenderError('canceled', 'The job was canceled.');

const abortError = (signal: AbortSignal): RenderError =>
  signal.reason instanceof RenderError ? signal.reason : canceled();

function within<Value>(deadlineMs: number, value: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new RenderError('crashed', 'The browser does not answer.')), deadlineMs);
  return Promise.race([value, late.promise]).finally(() => clearTimeout(timer));
}

const settlesWithin = (deadlineMs: number, value: Promise<unknown>): Promise<boolean> =>
  within(deadlineMs, value).then(
    () => true,
    () => false,
  );
