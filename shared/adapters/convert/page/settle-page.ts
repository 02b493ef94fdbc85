import { setTimeout } from 'node:timers/promises';
import type { HTTPRequest, Page, ResourceType } from 'puppeteer-core';
import { notes } from './page-script.ts';
import type { RenderRequest } from './render-request.ts';

/** A page that keeps its connections busy for ever (polling, streams) is printed as it is after this long. */
const quietDeadlineMs = 5_000;
const quietMs = 200;
const lookEveryMs = 20;
/** Connections that stay open for later data. */
const neverEnd: ReadonlySet<ResourceType> = new Set(['eventsource', 'websocket', 'ping']);
/** Drawing by script counts as finished after this long without a step, and is not waited for longer than `drawingMs`. */
const stillMs = 100;
const drawingMs = 2_000;
/** How far down a page is scrolled for content that comes when it is seen; one that grows as it is scrolled ends here. */
const screensAtMost = 100;
const scrollingMs = 4_000;

/** Waits, with a limit, until the page's scripts have fetched, drawn and revealed its content. */
export async function settlePage(
  page: Page,
  request: RenderRequest,
  underWay: ReadonlySet<HTTPRequest>,
): Promise<void> {
  if (!request.fullLoad || !request.scripts) return;
  if (request.content.kind !== 'url' && !/<script|\bon\w+\s*=/i.test(request.content.html)) return;
  const scripts = await page.evaluate('document.scripts.length').catch(() => 1);
  if (scripts === 0) return;
  await networkQuiet(underWay);
  // a page that moves on now is settled before it is printed
  const hasScrolled = await page.evaluate(scrollThrough).catch(() => false);
  if (hasScrolled) await networkQuiet(underWay);
  await page.evaluate(untilStill).catch(() => {});
}

async function networkQuiet(underWay: ReadonlySet<HTTPRequest>): Promise<void> {
  const isQuiet = () => [...underWay].every(request => neverEnd.has(request.resourceType()));
  const start = performance.now();
  let quietSince = start;
  while (performance.now() - quietSince < quietMs && performance.now() - start < quietDeadlineMs) {
    await setTimeout(lookEveryMs);
    if (!isQuiet()) quietSince = performance.now();
  }
}

/** Run in the page, as text: their types are the browser's. */
const scrollThrough = `(async () => {
  if (!${notes}?.watchesScroll && !window.onscroll) return false;
  const root = document.scrollingElement ?? document.documentElement;
  const height = window.innerHeight;
  const start = performance.now();
  const frame = () => new Promise(seen => requestAnimationFrame(() => requestAnimationFrame(seen)));
  for (let screen = 1; screen <= ${screensAtMost} && performance.now() - start < ${scrollingMs}; screen++) {
    await frame();
    if (screen * height >= root.scrollHeight) break;
    window.scrollTo({ top: screen * height, behavior: 'instant' });
  }
  await frame();
  window.scrollTo({ top: 0, behavior: 'instant' });
  await frame();
  return true;
})()`;

const untilStill = `(async () => {
  const notes = ${notes};
  const start = performance.now();
  const isStill = () => notes.timers === 0 && performance.now() - notes.drawnAt > ${stillMs};
  while (!isStill() && performance.now() - start < ${drawingMs}) await notes.wait(20);
})()`;
