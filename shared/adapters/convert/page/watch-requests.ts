import type { HTTPRequest, Page } from 'puppeteer-core';

const longestAddress = 200;

/** The requests of a page that are under way, bodies included, until the page is closed. */
export function requestsUnderWay(page: Page): ReadonlySet<HTTPRequest> {
  const underWay = new Set<HTTPRequest>();
  const onEnd = (request: HTTPRequest) => underWay.delete(request);
  page
    .on('request', request => underWay.add(request))
    .on('requestfinished', onEnd)
    .on('requestfailed', onEnd);
  return underWay;
}

/** Watches a page until it is closed. Says what it is waiting for: an address that does not answer, or the page itself. */
export function watchRequests(page: Page): () => string {
  const underWay = requestsUnderWay(page);
  return () => {
    const [first] = underWay;
    if (!first) return 'its scripts or its size keep the browser busy';
    // a script that loops keeps its page from loading, as a server does that never completes its answer
    const isPageItself = first.isNavigationRequest() && first.response() !== null;
    return `${first.url().slice(0, longestAddress)}${isPageItself ? ', or a script in it,' : ''} does not come to an end`;
  };
}
