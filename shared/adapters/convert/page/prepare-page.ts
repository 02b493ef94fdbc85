import type { Page } from 'puppeteer-core';
import * as z from 'zod/mini';
import { RenderError } from '../../web/render-error.ts';
import type { Cell } from '../browser/cell.ts';
import { evaluateApart } from './isolated-world.ts';
import { movesWithoutEnd } from './load-deadline.ts';
import type { RenderRequest } from './render-request.ts';
import { namesSymbolFonts, replaceSymbols } from './replace-symbols.ts';

/** What the page tells before it is printed. */
export interface PageFacts {
  title: string;
  /** fonts of signs that are used and not here: their letters are printed */
  symbolFonts: string[];
  /** some may be used, known or not */
  namesSymbolFonts: boolean;
  /** some are not here yet */
  loadsFonts: boolean;
  /** CSS pixels, at the width of the viewport */
  contentWidth: number;
  /** CSS pixels: what is wider than the paper, laid out for it; 0 when nothing is */
  overflowWidth: number;
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

/**
 * The last touches in the page: our page style, pictures that wait to be scrolled to, fonts, animations.
 * @throws RenderError `timeout` for a page that does not answer
 */
export async function preparePage(
  cell: Pick<Cell, 'kind' | 'session' | 'frameId'>,
  style: string,
  { fullLoad, scripts, media }: Pick<RenderRequest, 'fullLoad' | 'scripts' | 'media'>,
  printablePixels: number,
): Promise<PageFacts> {
  // only for the paper, where it can be: or else a long page is laid out once more as it would show on a screen
  const shownOn = media === 'print' ? 'print' : 'all';
  const settings = {
    style,
    shownOn,
    fullLoad,
    seesFrames: scripts && cell.kind === 'window',
    printable: Math.round(printablePixels),
  };
  const run = async (replace: string) =>
    readPageFacts(await evaluateApart(cell, `(${prepare})(${JSON.stringify(settings)}, ${replace})`));
  let facts = await run('undefined');
  if (facts.namesSymbolFonts) facts = await run(replaceSymbols);
  if (facts.loadsFonts) while (!(await evaluateApart(cell, fontsReady)));
  return facts;
}

const pageFacts = z.object({
  title: z.string().check(z.maxLength(titleCharacters)),
  symbolFonts: z.array(z.string()),
  loadsFonts: z.boolean(),
  namesSymbolFonts: z.boolean(),
  contentWidth: z.number(),
  overflowWidth: z.number(),
  contentHeight: z.number(),
  characters: z.string(),
}) satisfies z.ZodMiniType<PageFacts>;

/** The page is a customer's, and so is what it reports. */
function readPageFacts(said: unknown): PageFacts {
  const { data } = pageFacts.safeParse(said);
  if (!data) throw new RenderError('crashed', 'The page could not be measured.');
  return data;
}

/** Runs in the page, as text. False after a while: what evaluates has a limit, and the job's own is longer. */
const fontsReady = `Promise.race([document.fonts.ready.then(() => true), new Promise(end => setTimeout(end, 5000, false))])`;

/** Content that is wider than the paper by this factor at most is scaled down by the browser itself. */
export const browsersOwnShrink = 1.33;
/** Animations that finish set off others; so long at most. */
const animationRounds = 20;

/** Runs in the page, as text: its types are the browser's. It may run again, with or without `replaceSymbols`. */
const prepare = `async ({ style, shownOn, fullLoad, seesFrames, printable }, replaceSymbols) => {
  globalThis.sheet ??= new CSSStyleSheet({ media: shownOn });
  sheet.replaceSync(style);
  const adoptStyle = () => { document.adoptedStyleSheets = [...new Set([...document.adoptedStyleSheets, sheet])]; };
  const isShown = matchMedia(shownOn).matches;
  if (isShown) adoptStyle();
  if (fullLoad) {
    const lazy = [...document.querySelectorAll('img[loading=lazy]')];
    for (const picture of lazy) picture.loading = 'eager';
    const settled = lazy.map(picture => picture.decode().catch(() => {}));
    await Promise.race([Promise.all([...settled, document.fonts.ready]), new Promise(end => setTimeout(end, 5000))]);
  }
  // finite ones are shown at their end, endless and paused ones as they are
  const runs = animation =>
    animation.playState === 'running' && Number.isFinite(Number(animation.effect?.getComputedTiming().endTime));
  for (let round = 0; round < ${animationRounds}; round++) {
    const running = document.getAnimations().filter(runs);
    if (running.length === 0) break;
    for (const animation of running) {
      try { animation.finish(); } catch {}
    }
    await Promise.all(running.map(animation => animation.finished.catch(() => {})));
    // the page's scripts hear of it with the next frame
    if (seesFrames) await new Promise(frame => requestAnimationFrame(frame));
  }
  const symbolFonts = replaceSymbols?.() ?? [];
  const root = document.documentElement;
  const contentWidth = root.scrollWidth;
  const contentHeight = root.scrollHeight;
  // what is visible has to be found only where there may be something of interest
  const isBeyondLatin = /[^\\u0000-\\u024f]/;
  const visible = isBeyondLatin.test(root.textContent) ? (document.body?.innerText ?? '') : '';
  const fields = [...document.querySelectorAll('input, textarea')].map(field => field.value);
  const beyondLatin = [...new Set([visible, ...fields].join('').match(/[^\\u0000-\\u024f]/gu) ?? [])];
  const faces = [...document.fonts].filter(face => face.status === 'loaded');
  const claimed = sign => faces.some(face => document.fonts.check('12px ' + face.family, sign));
  let overflowWidth = contentWidth > root.clientWidth ? contentWidth : 0;
  // what the browser does not shrink is wider than a wide window as well; to lay out a long page once more takes long
  if (printable * ${browsersOwnShrink} < root.clientWidth && document.body) {
    const { width } = root.style;
    root.style.width = printable + 'px';
    overflowWidth = Math.max(overflowWidth, document.body.scrollWidth > printable ? document.body.scrollWidth : 0);
    root.style.width = width;
  }
  // after what is measured, so that the page is styled only once more
  if (!isShown) adoptStyle();
  return {
    title: String(document.title).slice(0, ${titleCharacters}),
    symbolFonts,
    loadsFonts: document.fonts.status === 'loading',
    namesSymbolFonts: !replaceSymbols && (${namesSymbolFonts})(),
    contentWidth,
    overflowWidth,
    contentHeight,
    characters: beyondLatin.filter(sign => !claimed(sign)).join(''),
  };
}`;
