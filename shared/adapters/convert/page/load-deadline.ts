import type { HTTPRequest, Page } from 'puppeteer-core';
import { RenderError } from '../../web/render-error.ts';
import { watchRequests } from './watch-requests.ts';

/** The number of redirects that browsers follow. */
const visitsAtMost = 20;

export const movesWithoutEnd = () =>
  new RenderError('not-reachable', 'The page goes from address to address without end.');

/**
 * Runs `work`, which loads the page, with a deadline. The error of a timeout names the requests that did not end.
 * @throws RenderError `timeout`, `not-reachable` for a page that navigates without end, and errors of `work`
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
  // Errors after the deadline are ignored.
  loaded.catch(() => {});
  try {
    await Promise.race([loaded, late.promise]);
  } finally {
    clearTimeout(timer);
    page.off('request', onRequest);
  }
}

/** The browser counts redirects itself. */
const isVisit = (page: Page, request: HTTPRequest) =>
  request.isNavigationRequest() && request.frame() === page.mainFrame() && request.redirectChain().length === 0;
