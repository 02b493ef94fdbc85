import type { CDPSession, Page } from 'puppeteer-core';
import * as z from 'zod/mini';
import { RenderError } from '../../web/render-error.ts';
import { movesWithoutEnd } from './load-within.ts';

/** What the page tells before it is printed. */
export interface PageFacts {
  title: string;
  /** CSS pixels, at the width of the viewport */
  contentWidth: number;
  contentHeight: number;
  /** each character beyond Latin that is visible and that no web font claims, once */
  characters: string;
}

const titleCharacters = 1000;
const moveRetries = 10;
const moveDeadlineMs = 500;

/**
 * Pages that go elsewhere by script or meta refresh take the ground from under whatever is done with them; then it is
 * done again on the page that came.
 * @throws RenderError `not-reachable` for a page that never comes to rest
 */
export async function whilePageMoves<Result>(page: Page, work: () => Promise<Result>): Promise<Result> {
  for (let moves = 0; moves <= moveRetries; moves++) {
    try {
      return await work();
    } catch (error) {
      const moved = /context was destroyed|Cannot find context|detached|navigat/i.test(String(error));
      if (!moved) throw error;
      await page.waitForNavigation({ waitUntil: 'load', timeout: moveDeadlineMs }).catch(() => {});
    }
  }
  throw movesWithoutEnd();
}

/** A page that takes longer to answer is busy with itself. */
const factsMs = 30_000;

/**
 * The last touches in the page: our page style, pictures that wait to be scrolled to, fonts. This runs beside the page's
 * own scripts and not among them, so that what they have redefined does not count.
 * @throws RenderError `timeout` for a page that does not answer
 */
export async function preparePage(session: CDPSession, style: string, fullLoad: boolean): Promise<PageFacts> {
  const { frameTree } = await session.send('Page.getFrameTree');
  const world = { frameId: frameTree.frame.id, worldName: 'platen' };
  const { executionContextId } = await session.send('Page.createIsolatedWorld', world);
  const asked = session.send('Runtime.evaluate', {
    expression: `(${prepare})(${JSON.stringify(style)}, ${fullLoad})`,
    contextId: executionContextId,
    awaitPromise: true,
    returnByValue: true,
  });
  const { result, exceptionDetails } = await inTime(asked);
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return readPageFacts(result.value);
}

async function inTime<Result>(asked: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const error = new RenderError('timeout', `The page's scripts kept it busy for more than ${factsMs / 1000} s.`);
  const timer = setTimeout(() => late.reject(error), factsMs);
  // what comes after the race is decided has no reader
  asked.catch(() => undefined);
  return await Promise.race([asked, late.promise]).finally(() => clearTimeout(timer));
}

const pageFacts = z.object({
  title: z.string().check(z.maxLength(titleCharacters)),
  contentWidth: z.number(),
  contentHeight: z.number(),
  characters: z.string(),
}) satisfies z.ZodMiniType<PageFacts>;

/** The page is a customer's, and so is what it says of itself. */
function readPageFacts(said: unknown): PageFacts {
  const { data } = pageFacts.safeParse(said);
  if (!data) throw new RenderError('crashed', 'The page could not be measured.');
  return data;
}

/** Runs in the page, as text: its types are the browser's. */
const prepare = `async (style, fullLoad) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  if (fullLoad) {
    const lazy = [...document.querySelectorAll('img[loading=lazy]')];
    for (const picture of lazy) picture.loading = 'eager';
    const settled = lazy.map(picture => picture.decode().catch(() => {}));
    await Promise.race([Promise.all([...settled, document.fonts.ready]), new Promise(end => setTimeout(end, 5000))]);
  }
  const root = document.documentElement;
  const fields = [...document.querySelectorAll('input, textarea')].map(field => field.value);
  const text = [document.body?.innerText ?? '', ...fields].join('');
  const beyondLatin = [...new Set(text.match(/[^\\u0000-\\u024f]/gu) ?? [])];
  const faces = [...document.fonts].filter(face => face.status === 'loaded');
  const claimed = sign => faces.some(face => document.fonts.check('12px ' + face.family, sign));
  return {
    title: String(document.title).slice(0, ${titleCharacters}),
    contentWidth: root.scrollWidth,
    contentHeight: root.scrollHeight,
    characters: beyondLatin.filter(sign => !claimed(sign)).join(''),
  };
}`;
