import { RenderError } from '../../web/render-error.ts';
import type { BrowserPool } from '../browser/browser.ts';
import type { Cell } from '../browser/cell.ts';
import { fontPaths } from '../fonts/fonts.ts';
import { uncoveredCharacters } from '../fonts/glyph-coverage.ts';
import { selectPages } from '../pdf/page-ranges.ts';
import { blankPages, countPages } from '../pdf/pdf-reader.ts';
import { selectPdfPages, stampPdf } from '../pdf/pdf-writer.ts';
import { mayHavePageRules, mayMove } from './html-document.ts';
import { loadPage } from './load-page.ts';
import { measureFragments } from './overlay.ts';
import { givenMargins, hasBands, leavesRoom, pageStyle, presentFragments, printableWidth } from './page-layout.ts';
import { ownPageSize, type PageRule, pageRules, turnedPages } from './page-size.ts';
import { browsersOwnShrink, preparePage, whilePageMoves } from './prepare-page.ts';
import { printPage } from './print-page.ts';
import type { RenderOptions, RenderRequest, RenderResult } from './render-request.ts';
import { stampBands } from './stamp-bands.ts';
import { watchMissing } from './watch-missing.ts';
import { watchRequests } from './watch-requests.ts';

/** The default limit of pages. */
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
    const inCell = async (cell: Cell) => {
      // what others take before its turn comes is not the page's own time
      const waitsFor = watchRequests(cell.page);
      const tooLate = () =>
        ending.abort(new RenderError('timeout', `The page was not finished within ${seconds} s: ${waitsFor()}.`));
      deadline = setTimeout(tooLate, request.deadlineMs);
      const maxOctets = request.maxOctets ?? defaultMaxOctets;
      const tooMuch = new RenderError('too-large', `The page fetches more than ${maxOctets} octets.`);
      cell.traffic.limit(maxOctets, () => ending.abort(tooMuch));
      return renderInCell(cell, request, { onStep, pdfWork, meanwhile });
    };
    const result = await pool.use(AbortSignal.any(signals), inCell, needsFrames(request) ? 'window' : 'dark');
    // a page whose connections were cut may have been printed all the same, in the same moment
    ending.signal.throwIfAborted();
    return result;
  } catch (cause) {
    if (cause instanceof RenderError) throw cause;
    throw new RenderError('crashed', 'The page could not be printed.', { cause });
  } finally {
    clearTimeout(deadline);
  }
}

async function renderInCell(
  cell: Cell,
  given: RenderRequest,
  { onStep, pdfWork, meanwhile }: Required<Omit<RenderOptions, 'signal'>>,
) {
  const { page } = cell;
  const pageLimit = given.maxPages ?? maxPages;
  const missing = watchMissing(page, cell.traffic);
  const bands = hasBands(given.headersAndFooters) ? given.headersAndFooters : undefined;
  await layOutFor(page, given);
  // Made while the page loads, so that it costs no time of its own.
  const overlayPage = bands && cell.context.newPage();
  overlayPage?.catch(() => {});
  const address = await meanwhile(cell.meanwhile(loadPage(cell, given, onStep)));
  if (given.customScript) await runCustomScript(cell, given.customScript);

  onStep('printing');
  const printed = await whilePageMoves(page, async () => {
    const mayHaveRules =
      given.content.kind === 'url' || given.customScript !== undefined || mayHavePageRules(given.content.html);
    const rules = mayHaveRules ? await pageRules(cell, given.media) : [];
    const request = ofOwnSize(given, rules);
    if (request.paper !== given.paper) await layOutFor(page, request);
    const margins = givenMargins(request);
    const heights = bands ? await fragmentHeights(request, await overlayPage!, address) : {};
    const turned = turnedPages(rules, request.paper);
    const keepsSize = given.ownPageSize === true && rules.length > 1;
    const mixesSizes = keepsSize || turned.length > 0;
    const style = pageStyle(request.paper, margins, heights, { turned, keepsSize });
    const printable = printableWidth(request.paper, margins) * pixelsPerMm;
    const facts = await preparePage(cell, style, request, printable);
    checkStillWeb(cell);
    const place = addressOnPaper(request, page, address);
    const scale = scaleOf(request, printable, facts.contentWidth);
    // A first look, in time: a document of twice the limit could take the whole deadline to print.
    if ((facts.contentHeight * scale) / (request.paper.height * pixelsPerMm) > 2 * pageLimit)
      throw tooManyPages(pageLimit);
    const glyphs = missingGlyphs(facts.characters);
    const { paper, backgrounds, tagged } = request;
    const pdf = await printPage(cell.session, { paper, backgrounds, scale, mixesSizes, tagged });
    const warnings = [
      ...(await glyphs),
      ...facts.symbolFonts.map(font => `The font ${font} is not available: its signs are printed as letters.`),
      ...widthWarning(facts.overflowWidth * scale, printable),
    ];
    return { pdf, request, margins, heights, title: facts.title, address: place, warnings, mixesSizes };
  });
  let { pdf } = printed;
  const totalPages = await countPages(pdf);
  if (totalPages > pageLimit) throw tooManyPages(pageLimit);
  const warnings = [...printed.warnings, ...missing(), ...(await blankWarning(pdf, totalPages))];

  const pages = selectPages(totalPages, given.pageRanges ?? [], given.pagePass);
  if (pages.length < totalPages) pdf = await pdfWork.selectPdfPages(pdf, pages);
  if (bands) {
    const values = { ...bands, title: printed.title, address: printed.address };
    pdf = await stampBands(
      pdf,
      await overlayPage!,
      { ...printed, bands, values, base: address, pages, totalPages },
      pdfWork,
    );
  }
  return { pdf, pageCount: pages.length, title: printed.title, warnings };
}

/** Whether the page waits for frames: see `CellKind`. */
const needsFrames = ({ content, customScript, fullLoad }: RenderRequest): boolean =>
  content.kind === 'url' || customScript !== undefined || !fullLoad || mayMove(content.html);

/** The window as wide as the paper, for what is scaled to fit it. */
async function layOutFor(page: Cell['page'], request: RenderRequest): Promise<void> {
  const width = printableWidth(request.paper, givenMargins(request));
  if (request.scale !== 'fit-width') return;
  await page.setViewport({ width: Math.round(width * pixelsPerMm), height: 1000 });
}

/** On the paper that the document itself names, where the request names none and its margins leave room there. */
function ofOwnSize(request: RenderRequest, rules: PageRule[]): RenderRequest {
  const paper = request.ownPageSize ? ownPageSize(rules, request.paper) : undefined;
  return paper && leavesRoom(paper, givenMargins(request)) ? { ...request, paper } : request;
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

function widthWarning(contentPixels: number, printablePixels: number): string[] {
  if (contentPixels <= printablePixels * browsersOwnShrink) return [];
  const [wide, room] = [contentPixels, printablePixels].map(pixels => Math.round(pixels / pixelsPerMm));
  return [
    `The content is ${wide} mm wide, and the paper has room for ${room} mm: what is beyond its edge is not printed.`,
  ];
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

/** More characters would take too long. */
const lookedAtMost = 50;

async function blankWarning(pdf: Uint8Array, totalPages: number): Promise<string[]> {
  if (totalPages > lookedAtMost) return [];
  const blank = await blankPages(pdf);
  if (blank.length === 0) return [];
  if (blank.length === totalPages) return ['The page shows nothing: the paper is blank.'];
  return [`Nothing is on page ${blank.join(', ')}.`];
}
