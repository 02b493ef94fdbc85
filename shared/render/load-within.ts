import type { HTTPRequest, Page } from 'puppeteer-core';
import { RenderError } from './render-error.ts';

const longestAddress = 200;
/** As often as browsers follow redirects. */
const visitsAtMost = 20;

export const movesWithoutEnd = () =>
  new RenderError('not-reachable', 'The page goes from address to address without end.');

/**
 * `work` brings content into the page. When it does not come to an end, the error says what it was waiting for: an
 * address that does not answer, or the page itself.
 * @throws RenderError `timeout`, `not-reachable` for a page that sends itself elsewhere for ever, and as `work` does
 */
export async function loadWithin(milliseconds: number, page: Page, work: () => Promise<void>): Promise<void> {
  const underWay = new Set<HTTPRequest>();
  const late = Promise.withResolvers<never>();
  let visits = 0;
  const onRequest = (request: HTTPRequest) => {
    underWay.add(request);
    if (isVisit(page, request) && ++visits > visitsAtMost) late.reject(movesWithoutEnd());
  };
  const onEnd = (request: HTTPRequest) => underWay.delete(request);
  page.on('request', onRequest).on('requestfinished', onEnd).on('requestfailed', onEnd);
  const timer = setTimeout(() => late.reject(tooLate(milliseconds, [...underWay])), milliseconds);
  const loaded = work();
  // What it still throws when its time is over has no reader.
  loaded.catch(() => {});
  try {
    await Promise.race([loaded, late.promise]);
  } finally {
    clearTimeout(timer);
    page.off('request', onRequest).off('requestfinished', onEnd).off('requestfailed', onEnd);
  }
}

/** Redirects are the browser's to count. */
const isVisit = (page: Page, request: HTTPRequest) =>
  request.isNavigationRequest() && request.frame() === page.mainFrame() && request.redirectChain().length === 0;

function tooLate(milliseconds: number, [first]: HTTPRequest[]): RenderError {
  // a script that spins holds up the page that it stands in, as a server does that sends no end of it
  const isPageItself = first?.isNavigationRequest() && first.response() !== null;
  const reason = !first
    ? 'its scripts or its size keep the browser busy'
    : `${first.url().slice(0, longestAddress)}${isPageItself ? ', or a script in it,' : ''} does not come to an end`;
  return new RenderError('timeout', `The page was not loaded within ${milliseconds / 1000} s: ${reason}.`);
}
