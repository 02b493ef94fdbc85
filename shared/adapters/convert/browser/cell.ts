import type { BrowserContext, CDPSession, Page } from 'puppeteer-core';
import { credentialCheckUrl, type EgressProxy } from '../../web/egress-proxy.ts';
import type { TrafficMeter } from '../../web/traffic-meter.ts';
import type { BrowserProcess, ProcessModel } from './browser-process.ts';
import { settlesWithin } from './deadline.ts';
import type { Generation, Generations } from './generations.ts';

/**
 * A page in a `window` draws itself as often as a screen does. One in the `dark` never does, which saves a fifth of the
 * processor time of a short document; what its scripts, animations and fonts wait for frames to do does not happen.
 */
export type CellKind = 'window' | 'dark';

/**
 * What separates two jobs: a browser context (cookies, storage, cache, connections) with a renderer process of its own.
 * A cell is used once.
 */
export interface Cell {
  kind: CellKind;
  page: Page;
  session: CDPSession;
  /** of the page's main frame */
  frameId: string;
  context: BrowserContext;
  traffic: TrafficMeter;
  /** Opens the way out, which is closed until then: most of what is printed fetches nothing, and this takes 10 ms. */
  goOnline(): Promise<void>;
  /** Waits for slow work. If it takes long, the next job starts meanwhile. */
  meanwhile<Result>(slow: Promise<Result>): Promise<Result>;
}

export interface OpenCell extends Omit<Cell, 'meanwhile'> {
  generation: Generation;
  madeAt: number;
  dispose(): Promise<void>;
}

const healthDeadlineMs = 2_000;
/** A cell this young needs no health check. */
const freshMs = 1_000;
const disposeDeadlineMs = 2_000;

export async function openCell(
  generations: Generations,
  proxy: EgressProxy,
  model: ProcessModel,
  kind: CellKind,
): Promise<OpenCell> {
  const home = generations.admit();
  const traffic = proxy.admit();
  const release = () => {
    traffic.close();
    generations.release(home);
  };
  try {
    const process = await home.process;
    const { browser } = process;
    const context = model === 'one-process' ? browser.defaultBrowserContext() : await browser.createBrowserContext();
    const dispose = async () => {
      const closed = await settlesWithin(disposeDeadlineMs, disposeContext(context, model));
      // a context that does not close means a browser that cannot be trusted with the next job
      if (!closed) home.retired = true;
      release();
    };
    try {
      const page = kind === 'window' ? await context.newPage() : await newDarkPage(process, context);
      const session = await page.createCDPSession();
      const [{ frameTree }] = await Promise.all([session.send('Page.getFrameTree'), refuseDistractions(page, session)]);
      const frameId = frameTree.frame.id;
      const goOnline = () => signIn(page, session, traffic);
      const madeAt = performance.now();
      return { kind, page, session, frameId, context, traffic, goOnline, generation: home, madeAt, dispose };
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

/** The first page of a context, whose frames are for us to begin: none is. */
async function newDarkPage({ session }: BrowserProcess, context: BrowserContext): Promise<Page> {
  await session.send('Target.createTarget', {
    url: 'about:blank',
    browserContextId: context.id,
    enableBeginFrameControl: true,
  });
  const target = await context.waitForTarget(each => each.type() === 'page');
  const page = await target.page();
  if (!page) throw new Error('The browser made a target without a page.');
  return page;
}

export const isSound = async ({ madeAt, page }: OpenCell): Promise<boolean> =>
  performance.now() - madeAt < freshMs || settlesWithin(healthDeadlineMs, page.evaluate('1'));

/** Answers the proxy's challenge once; the context then sends its credentials with everything, workers included. */
async function signIn(page: Page, session: CDPSession, traffic: TrafficMeter): Promise<void> {
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

/** Dismisses dialogs and refuses downloads, which would block the job. The browser itself blocks new windows. */
async function refuseDistractions(page: Page, session: CDPSession): Promise<void> {
  page.on('dialog', dialog => dialog.dismiss().catch(() => {}));
  await session.send('Browser.setDownloadBehavior', { behavior: 'deny' });
}

/** In one process the context is the browser's only one, and goes with it. */
const disposeContext = (context: BrowserContext, model: ProcessModel) =>
  model === 'one-process' ? Promise.resolve() : context.close();
