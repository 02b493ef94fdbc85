import type { HTTPRequest, Page } from 'puppeteer-core';
import { RenderError } from '../../web/render-error.ts';
import { watchRequests } from './watch-requests.ts';

/** As often as browsers follow redirects. */
const visitsAtMost = 20;

export const movesWithoutEnd = () =>
  new RenderError('not-reachable', 'The page goes from address to address without end.');

/**
 * `work` brings content into the page. When it does not come to an end, the error says what it was waiting for.
 * @throws RenderError `timeout`, `not-reachable` for a page that sends itself elsewhere for ever, and as `work` does
 */
export async function loadWithin(milliseconds: number, page: Page, work: () => Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const waitsFor = watchRequests(page);
  const tooLate = () =>
    new RenderError('timeout', `The page was not loaded within ${milliseconds / 1000} s: ${waitsFor()}.`);
  const timer = setTimeout(() => late.reject(tooLate()), milliseconds);
  let visits = 0;
  const onRequest = (request: HTTPRequest) => {
    if (isVisit(page, request) && ++visits > visitsAtMost) late.reject(movesWithoutEnd());
  };
  page.on('request', onRequest);
  const loaded = work();
  // What it still throws when its time is over has no reader.
  loaded.catch(() => {});
  try {
    await Promise.race([loaded, late.promise]);
  } finally {
    clearTimeout(timer);
    page.off('request', onRequest);
  }
}

/** Redirects are the browser's to count. */
const isVisit = (page: Page, request: HTTPRequest) =>
  request.isNavigationRequest() && request.frame() === page.mainFrame() && request.redirectChain().length === 0;
