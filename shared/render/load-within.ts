import type { HTTPRequest, Page } from 'puppeteer-core';
import { RenderError } from './render-error.ts';

const longestAddress = 200;

/**
 * `work` brings content into the page. When it does not come to an end, the error says what it was waiting for: an
 * address that does not answer, or the page itself.
 * @throws RenderError `timeout`, and as `work` does
 */
export async function loadWithin(milliseconds: number, page: Page, work: () => Promise<void>): Promise<void> {
  const underWay = new Set<string>();
  const onRequest = (request: HTTPRequest) => underWay.add(request.url());
  const onEnd = (request: HTTPRequest) => underWay.delete(request.url());
  page.on('request', onRequest).on('requestfinished', onEnd).on('requestfailed', onEnd);
  const late = Promise.withResolvers<never>();
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

function tooLate(milliseconds: number, underWay: string[]): RenderError {
  const reason = underWay[0]
    ? `${underWay[0].slice(0, longestAddress)} does not come to an end`
    : 'its scripts or its size keep the browser busy';
  return new RenderError('timeout', `The page was not loaded within ${milliseconds / 1000} s: ${reason}.`);
}
