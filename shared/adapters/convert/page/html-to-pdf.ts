import { RenderError } from '../../web/render-error.ts';
import type { BrowserPool, Cell } from '../browser/browser.ts';
import { fontPaths } from '../fonts/fonts.ts';
import { uncoveredCharacters } from '../fonts/glyph-coverage.ts';
import { selectPages } from '../pdf/page-ranges.ts';
import { countPages } from '../pdf/pdf-reader.ts';
import { selectPdfPages, stampPdf } from '../pdf/pdf-writer.ts';
import type { HeaderFooterValues } from './header-footer.ts';
import { loadPage } from './load-page.ts';
import { measureFragments, renderOverlay } from './overlay.ts';
import { givenMargins, hasBands, pageStyle, placeBands, presentFragments, printableWidth } from './page-layout.ts';
import { preparePage, whilePageMoves } from './prepare-page.ts';
import { printPage } from './print-page.ts';
import type { RenderOptions, RenderRequest, RenderResult } from './render-request.ts';
import { watchRequests } from './watch-requests.ts';

/** Of a document, unless the request says less. */
export const maxPages = 10_000;
const defaultMaxOctets = 100 * 1024 * 1024;
const pixelsPerMm = 96 / 25.4;
/** The browser's own limits of scale. */
const [smallestScale, largestScale] = [0.1, 2];
const maxCharactersNamed = 10;

/**
 * A page, by address or as markup, to a PDF; in a browser context that nothing else uses, before a deadline.
 * @throws RenderError of any code; whatever the page did, the next job finds a sound browser
 */
export async function renderPdf(
  pool: BrowserPool,
  request: RenderRequest,
  { signal, onStep = () => {}, pdfWork = { selectPdfPages, stampPdf }, meanwhile = slow => slow }: RenderOptions = {},
): Promise<RenderResult> {
  const ending = new AbortController();
  const seconds = Math.round(request.deadlineMs / 1000);
  let deadline: NodeJS.Timeout | undefined;
  const signals = signal ? [signal, ending.signal] : [ending.signal];
  try {
    return await pool.use(AbortSignal.any(signals), async cell => {
      // what others take before its turn comes is not the page's own time
      const waitsFor = watchRequests(cell.page);
      const tooLate = () =>
        ending.abort(new RenderError('timeout', `The page was not finished within ${seconds} s: ${waitsFor()}.`));
      deadline = setTimeout(tooLate, request.deadlineMs);
      const maxOctets = request.maxOctets ?? defaultMaxOctets;
      const tooMuch = new RenderError('too-large', `The page fetches more than ${maxOctets} octets.`);
      cell.traffic.limit(maxOctets, () => ending.abort(tooMuch));
      return renderInCell(cell, request, { onStep, pdfWork, meanwhile });
    });
  } catch (cause) {
    if (cause instanceof RenderError) throw cause;
    throw new RenderError('crashed', 'The page could not be printed.', { cause });
  } finally {
    clearTimeout(deadline);
  }
}

async function renderInCell(
  cell: Cell,
  request: RenderRequest,
  { onStep, pdfWork, meanwhile }: Required<Omit<RenderOptions, 'signal'>>,
) {
  const { page } = cell;
  const pageLimit = request.maxPages ?? maxPages;
  const margins = givenMargins(request);
  const printable = printableWidth(request.paper, margins);
  if (request.scale === 'fit-width') {
    await page.setViewport({ width: Math.round(printable * pixelsPerMm), height: 1000 });
    if (request.media === 'print') await page.emulateMediaType('print');
  }
  const bands = hasBands(request.headersAndFooters) ? request.headersAndFooters : undefined;
  // Made while the page loads, so that it costs no time of its own.
  const overlayPage = bands && cell.context.newPage();
  overlayPage?.catch(() => {});
  const address = await meanwhile(cell.meanwhile(loadPage(cell, request, onStep)));
  if (request.customScript) await runCustomScript(cell, request.customScript);

  onStep('printing');
  const heights = bands ? await fragmentHeights(request, await overlayPage!, address) : {};
  const printed = await whilePageMoves(page, async () => {
    const style = pageStyle(request.paper, margins, heights);
    // Only for the paper, where it can be: or else a long page is laid out once more as it would show on a screen.
    const scoped = request.media === 'print' ? `@media print{${style}}` : style;
    const facts = await preparePage(cell.session, scoped, request.fullLoad);
    const scale = scaleOf(request, printable * pixelsPerMm, facts.contentWidth);
    // A first look, in time: a document of twice the limit could take the whole deadline to print.
    if ((facts.contentHeight * scale) / (request.paper.height * pixelsPerMm) > 2 * pageLimit)
      throw tooManyPages(pageLimit);
    const glyphs = missingGlyphs(facts.characters);
    const pdf = await printPage(page, { paper: request.paper, backgrounds: request.backgrounds, scale });
    return { pdf, title: facts.title, glyphs: await glyphs };
  });
  checkStillWeb(cell);
  let { pdf } = printed;
  const totalPages = await countPages(pdf);
  if (totalPages > pageLimit) throw tooManyPages(pageLimit);

  const pages = selectPages(totalPages, request.pageRanges ?? [], request.pagePass);
  if (pages.length < totalPages) pdf = await pdfWork.selectPdfPages(pdf, pages);
  if (bands) {
    const values: HeaderFooterValues = {
      ...bands,
      title: printed.title,
      address: addressOnPaper(request, page, address),
    };
    const placed = placeBands(request.paper, margins, bands, heights, values);
    const plan = { paper: request.paper, margins, bands: placed, font: bands.font, address, pages, totalPages };
    pdf = await pdfWork.stampPdf(pdf, await renderOverlay(await overlayPage!, plan));
  }
  const warnings = [...printed.glyphs, ...notFetched(cell)];
  return { pdf, pageCount: pages.length, title: printed.title, warnings };
}

/** Where redirects and scripts have led, and without the password in it. */
function addressOnPaper({ content }: RenderRequest, page: Cell['page'], given = ''): string {
  const url = URL.parse(content.kind === 'url' ? page.url() : given);
  if (!url) return given;
  url.username = '';
  url.password = '';
  return url.href;
}

/** A page that has gone to an address it may not have shows nothing; that is an error, not an empty sheet. */
function checkStillWeb({ page, traffic }: Cell): void {
  const refused = traffic.failures.find(({ url }) => url === page.url());
  if (refused) throw refused.error;
}

async function runCustomScript({ page }: Cell, script: string): Promise<void> {
  await page.evaluate(script).catch(cause => {
    const moved = /context was destroyed|navigated/i.test(String(cause));
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : '';
    if (!moved) throw new RenderError('bad-request', `The custom script failed: ${reason}`, { cause });
  });
}

/** Heights in millimetres: as given, or measured where they were left open. */
async function fragmentHeights(
  request: RenderRequest,
  page: Awaited<ReturnType<Cell['context']['newPage']>>,
  address: string | undefined,
) {
  const fragments = presentFragments(request.headersAndFooters);
  const open = Object.entries(fragments).filter(([, fragment]) => fragment.height <= 0);
  const given = Object.entries(fragments).map(([name, fragment]) => [name, fragment.height] as const);
  if (open.length === 0) return Object.fromEntries(given);
  const markup = Object.fromEntries(open.map(([name, fragment]) => [name, fragment.html]));
  const plan = { paper: request.paper, margins: givenMargins(request), font: request.headersAndFooters?.font, address };
  return { ...Object.fromEntries(given), ...(await measureFragments(page, markup, plan)) };
}

function scaleOf({ scale = 100 }: RenderRequest, printablePixels: number, contentPixels: number): number {
  const wanted = scale === 'fit-width' ? Math.min(1, printablePixels / Math.max(contentPixels, 1)) : scale / 100;
  return Math.min(Math.max(wanted, smallestScale), largestScale);
}

const tooManyPages = (limit: number) => new RenderError('too-many-pages', `The document has more than ${limit} pages.`);

async function missingGlyphs(characters: string): Promise<string[]> {
  const missing = await uncoveredCharacters(characters, fontPaths());
  if (missing.length === 0) return [];
  const named = missing.slice(0, maxCharactersNamed).join(' ');
  return [
    `No font has the characters ${named}${missing.length > maxCharactersNamed ? ' ...' : ''}; they are not printed.`,
  ];
}

function notFetched({ traffic }: Cell): string[] {
  return traffic.failures.map(({ url, error }) => `${url.slice(0, 200)} was not fetched: ${error.message}`);
}
