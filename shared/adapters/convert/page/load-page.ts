import type { HTTPResponse, Page } from 'puppeteer-core';
import { parseWebAddress } from '../../web/egress-policy.ts';
import { RenderError } from '../../web/render-error.ts';
import type { Cell } from '../browser/cell.ts';
import {
  checkMarkup,
  documentAddress,
  isMadeUp,
  madeUpAddress,
  mayRunScripts,
  needsAddress,
  toDocument,
} from './html-document.ts';
import { loadWithin } from './load-deadline.ts';
import { pageScript } from './page-script.ts';
import type { RenderRequest, RenderStep } from './render-request.ts';
import { settlePage } from './settle-page.ts';
import { requestsUnderWay } from './watch-requests.ts';

/** Loading may take half of the job's time, and at most this long. Its error names what the page was waiting for. */
const longestLoadMs = 60_000;

/**
 * Loads the content into the cell's page and waits until it is complete. Returns its address, if any.
 * @throws RenderError `not-reachable`, `access-denied`, `forbidden-address`, `not-a-page`, `bad-request`, `timeout`
 */
export async function loadPage(cell: Cell, request: RenderRequest, onStep: (step: RenderStep) => void) {
  const { content } = request;
  const address = content.kind === 'url' ? parseWebAddress(content.url) : documentAddress(content.baseUrl);
  if (mayFetch(request)) await cell.goOnline();
  if (address) await giveOwnOrigin(cell, address, request);
  cell.page.on('response', response => cell.traffic.announce(Number(response.headers()['content-length'] ?? 0)));
  const mayRun = content.kind === 'url' || request.customScript !== undefined || mayRunScripts(content.html);
  if (request.scripts && mayRun) await cell.page.evaluateOnNewDocument(pageScript);
  if (!request.scripts) await cell.page.setJavaScriptEnabled(false);

  const underWay = requestsUnderWay(cell.page);
  const loadMs = Math.min(longestLoadMs, request.deadlineMs / 2);
  if (content.kind === 'url') {
    onStep('downloading');
    await loadWithin(loadMs, cell.page, async () => {
      await navigate(cell, parseWebAddress(content.url), request);
      await emulateMedia(cell.page, request);
      await settlePage(cell.page, request, underWay);
    });
    onStep('downloaded');
  } else {
    checkMarkup(content.html);
    const html = toDocument(content);
    await loadWithin(loadMs, cell.page, async () => {
      if (address || mayRun || needsAddress(html)) await navigateToMarkup(cell, address, html, request);
      else await cell.page.setContent(html, { waitUntil: loadEvent(request), timeout: 0 });
      await emulateMedia(cell.page, request);
      await settlePage(cell.page, request, underWay);
    });
  }
  // Printing waits without limit for open requests.
  if (!request.fullLoad) await cell.session.send('Page.stopLoading');
  return address?.href;
}

/** After the navigation, which takes it away. What is scaled to fit the paper is measured as it is printed. */
async function emulateMedia(page: Page, { media, scale }: RenderRequest): Promise<void> {
  if (media === 'screen' || scale === 'fit-width') await page.emulateMediaType(media);
}

/** Anything that could be part of an address, or of a script that makes one up. */
const traceOfAddress = /https?:|wss?:|\/\/|\\|&#|&sol|&colon|<script|javascript:|\bon\w+\s*=/i;

/** Markup without an address of its own that names no other has nothing to fetch; if it tries, it is refused. */
function mayFetch({ content, customScript, headersAndFooters }: RenderRequest): boolean {
  if (content.kind === 'url' || content.baseUrl || customScript) return true;
  return traceOfAddress.test(content.html) || traceOfAddress.test(JSON.stringify(headersAndFooters ?? ''));
}

const loadEvent = ({ fullLoad }: RenderRequest) => (fullLoad ? 'load' : 'domcontentloaded');

/** Cookies are bound to host, scheme and port; credentials are shown to the page's own origin when it asks. */
async function giveOwnOrigin({ session }: Cell, address: URL, request: RenderRequest): Promise<void> {
  const secure = address.protocol === 'https:';
  const cookies = (request.cookies ?? []).map(({ name, value }) => ({
    name,
    value,
    domain: address.hostname,
    path: '/',
    secure,
    sourceScheme: secure ? ('Secure' as const) : ('NonSecure' as const),
    sourcePort: Number(address.port || (secure ? 443 : 80)),
  }));
  if (cookies.length > 0) await session.send('Network.setCookies', { cookies });
  const { credentials } = request;
  if (!credentials) return;
  session.on('Fetch.authRequired', ({ requestId, authChallenge }) => {
    const own = authChallenge.source === 'Server' && URL.parse(authChallenge.origin)?.origin === address.origin;
    const authChallengeResponse = own
      ? { response: 'ProvideCredentials' as const, ...credentials }
      : { response: 'CancelAuth' as const };
    session.send('Fetch.continueWithAuth', { requestId, authChallengeResponse }).catch(() => {});
  });
}

async function navigate(cell: Cell, address: URL, request: RenderRequest): Promise<void> {
  const { page, session } = cell;
  if (request.credentials) {
    session.on('Fetch.requestPaused', ({ requestId }) => {
      session.send('Fetch.continueRequest', { requestId }).catch(() => {});
    });
    await session.send('Fetch.enable', { handleAuthRequests: true, patterns: [{ urlPattern: `${address.origin}/*` }] });
  }
  const response = await page
    .goto(address.href, { waitUntil: loadEvent(request), timeout: 0 })
    .catch(error => Promise.reject(navigationError(cell, address, error)));
  checkAnswer(cell, response);
}

function checkAnswer({ page, traffic }: Cell, response: HTTPResponse | null): void {
  const refused = traffic.failures.find(({ url }) => sameDocument(url, page.url()));
  if (refused) throw refused.error;
  const status = response?.status() ?? 200;
  if (status < 400) return;
  throw new RenderError(
    status === 401 || status === 403 ? 'access-denied' : 'not-reachable',
    `The page answers with an error: ${status} ${response?.statusText() ?? ''}`.trim(),
  );
}

/** Failures of tunnels know the host and port only. */
function sameDocument(failed: string, shown: string): boolean {
  const [left, right] = [URL.parse(failed), URL.parse(shown)];
  if (!left || !right) return false;
  return left.protocol === 'https:' ? left.origin === right.origin : left.href === right.href;
}

const networkErrors: [pattern: RegExp, error: (host: string) => RenderError][] = [
  [/ERR_TOO_MANY_REDIRECTS/, host => new RenderError('not-reachable', `${host} redirects without end.`)],
  [/ERR_ABORTED/, host => new RenderError('not-a-page', `${host} returns a download or nothing, not a page.`)],
  [/ERR_CERT_|ERR_SSL_/, host => new RenderError('not-reachable', `${host} has no valid certificate.`)],
  [
    /ERR_UNSAFE_PORT/,
    host => new RenderError('forbidden-address', `${host} has or leads to a port that may not be fetched.`),
  ],
  [
    /ERR_UNSAFE_REDIRECT/,
    host => new RenderError('forbidden-address', `${host} leads to an address that may not be fetched.`),
  ],
  [/ERR_INVALID_AUTH|ERR_UNKNOWN_URL/, host => new RenderError('forbidden-address', `${host} may not be fetched.`)],
];

function navigationError({ traffic }: Cell, address: URL, error: Error): RenderError {
  // A redirect may have failed on another host than the one asked for; the browser's message names only the first.
  const refused = traffic.failures.at(-1);
  if (refused) return refused.error;
  const known = networkErrors.find(([pattern]) => pattern.test(error.message));
  return (
    known?.[1](address.host) ?? new RenderError('not-reachable', `${address.host} does not answer.`, { cause: error })
  );
}

/**
 * Markup shown under its own address: the navigation is answered from here and never leaves, so that the page has the
 * origin that its fonts, cookies and relative links need. Markup without an address gets an origin that does not exist,
 * so that storage, routers and relative addresses work; nothing more is ever fetched from it.
 */
async function navigateToMarkup(
  { page, session }: Cell,
  address: URL | undefined,
  html: string,
  request: RenderRequest,
) {
  let answered = false;
  session.on('Fetch.requestPaused', ({ requestId, request: { url } }) => {
    const sent = answered
      ? isMadeUp(url)
        ? session.send('Fetch.failRequest', { requestId, errorReason: 'AddressUnreachable' })
        : session.send('Fetch.continueRequest', { requestId })
      : session.send('Fetch.fulfillRequest', {
          requestId,
          responseCode: 200,
          responseHeaders: [{ name: 'Content-Type', value: 'text/html; charset=utf-8' }],
          body: Buffer.from(html).toString('base64'),
        });
    answered = true;
    sent.catch(() => {});
  });
  const shown = address ?? madeUpAddress(html);
  const watched = address && !request.credentials ? [] : [{ urlPattern: `${shown.origin}/*` }];
  await session.send('Fetch.enable', {
    handleAuthRequests: request.credentials !== undefined,
    patterns: [{ urlPattern: '*', resourceType: 'Document' }, ...watched],
  });
  await page.goto(shown.href, { waitUntil: loadEvent(request), timeout: 0 });
}
