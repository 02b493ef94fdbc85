import type { HTTPRequest, Page, ResourceType } from 'puppeteer-core';
import type { TrafficMeter } from '../../web/traffic-meter.ts';
import { isMadeUp } from './html-document.ts';

const whatIsSeen: Partial<Record<ResourceType, string>> = {
  image: 'picture',
  stylesheet: 'style sheet',
  script: 'script',
  font: 'font',
  document: 'frame',
  media: 'film',
};
const namedAtMost = 20;
const longestAddress = 200;

/**
 * Watches a page until it is closed. Gives a sentence for each picture, style sheet, script, font or frame that is not
 * on the paper, with the reason.
 */
export function watchMissing(page: Page, traffic: TrafficMeter): () => string[] {
  const missing = new Map<string, string>();
  const add = (request: HTTPRequest, reason: string) => {
    const what = whatIsSeen[request.resourceType()];
    const isPage = request.isNavigationRequest() && request.frame() === page.mainFrame();
    const url = request.url();
    if (!what || isPage || url.startsWith('data:') || missing.size >= namedAtMost) return;
    missing.set(url, `The ${what} ${addressOf(url)} is missing: ${reason}`);
  };
  page.on('response', response => {
    if (response.status() >= 400) add(response.request(), `its server answers ${response.status()}.`);
  });
  page.on('requestfailed', request => add(request, reasonOf(request)));
  return () => {
    for (const { url, error } of traffic.failures) {
      missing.set(url, `${url.slice(0, longestAddress)} was not fetched: ${error.message}`);
    }
    return [...missing.values()];
  };
}

function addressOf(url: string): string {
  const relative = isMadeUp(url) ? url.slice(new URL(url).origin.length + 1) : url;
  return relative.slice(0, longestAddress);
}

function reasonOf(request: HTTPRequest): string {
  if (isMadeUp(request.url())) return 'its address is relative, and the document has no address.';
  return `it cannot be fetched (${request.failure()?.errorText ?? 'unknown error'}).`;
}
