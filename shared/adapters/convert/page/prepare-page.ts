import type { Page } from 'puppeteer-core';
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

/** The last touches in the page: our page style, pictures that wait to be scrolled to, fonts. */
export async function preparePage(page: Page, style: string, fullLoad: boolean): Promise<PageFacts> {
  return (await page.evaluate(`(${prepare})(${JSON.stringify(style)}, ${fullLoad})`)) as PageFacts;
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
    title: document.title,
    contentWidth: root.scrollWidth,
    contentHeight: root.scrollHeight,
    characters: beyondLatin.filter(sign => !claimed(sign)).join(''),
  };
}`;
