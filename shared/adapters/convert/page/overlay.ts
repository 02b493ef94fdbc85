import type { Page } from 'puppeteer-core';
import type { Margins, Size } from '../paper-size.ts';
import { sanitizeFont } from './header-footer.ts';
import { exactAdvances, type PlacedBand } from './page-layout.ts';
import { printPage } from './print-page.ts';

/**
 * Headers and footers are a document of their own, one transparent page for each printed page, laid over the content
 * afterwards. The browser's own templates know no first page, no fragment inside the margins and no style sheets that
 * leave each other alone; here each band is a shadow tree of its own and has the number of its page in the whole document.
 */
export interface OverlayPlan {
  paper: Size;
  margins: Partial<Margins>;
  bands: PlacedBand[];
  font: string | undefined;
  /** for relative addresses of pictures */
  address: string | undefined;
  pages: number[];
  totalPages: number;
}

const defaultFont = 'font-family:Arial;font-size:9pt;color:#000';
const pictureDeadlineMs = 5_000;
const pictureCheckMs = 10;

/** The overlay as a PDF, page by page in the order of `plan.pages`. */
export async function renderOverlay(page: Page, plan: OverlayPlan): Promise<Uint8Array> {
  await openFrame(page, plan.paper, plan.address);
  await page.evaluate(drawBands, {
    bands: plan.bands,
    style: bandStyle(plan),
    pages: plan.pages,
    totalPages: plan.totalPages,
    paper: plan.paper,
  });
  await picturesLoaded(page);
  const session = await page.createCDPSession();
  await session.send('Emulation.setDefaultBackgroundColorOverride', { color: { r: 0, g: 0, b: 0, a: 0 } });
  return printPage(session, { paper: plan.paper, backgrounds: true, scale: 1 });
}

/** How high fragments are by nature, in millimetres, at the width that they will have. */
export async function measureFragments<Name extends string>(
  page: Page,
  fragments: Record<Name, string>,
  plan: Pick<OverlayPlan, 'paper' | 'margins' | 'font' | 'address'>,
): Promise<Record<Name, number>> {
  await openFrame(page, plan.paper, plan.address);
  const bands = Object.values<string>(fragments).map(html => ({ html, on: 'all', top: 0, height: 0, align: 'start' }));
  await page.evaluate(drawBands, {
    bands: bands as PlacedBand[],
    style: `${bandStyle(plan)};height:auto!important`,
    pages: [1],
    totalPages: 1,
    paper: plan.paper,
  });
  await picturesLoaded(page);
  const pixels = (await page.evaluate(
    `[...document.querySelectorAll('[data-band]')].map(band => band.getBoundingClientRect().height)`,
  )) as number[];
  const millimetres = pixels.map(height => (height / 96) * 25.4);
  return Object.fromEntries(Object.keys(fragments).map((name, index) => [name, millimetres[index]])) as Record<
    Name,
    number
  >;
}

function bandStyle({ margins, font }: Pick<OverlayPlan, 'margins' | 'font'>): string {
  const { left = 0, right = 0 } = margins;
  const box = `position:absolute;left:${left}mm;right:${right}mm;display:flex;flex-direction:column;overflow:hidden`;
  return `${box};${defaultFont};${sanitizeFont(font ?? '')}`;
}

/** Scripts stay off: our own drawing needs none of the page's permission. */
async function openFrame(page: Page, paper: Size, address: string | undefined): Promise<void> {
  await page.setJavaScriptEnabled(false);
  await page.setContent(
    `<!DOCTYPE html><meta charset="utf-8"><base><style>
      @page{size:${paper.width}mm ${paper.height}mm;margin:0} body{margin:0}
      section{position:relative;width:${paper.width}mm;height:${paper.height}mm;overflow:hidden;break-after:page}
      section:last-child{break-after:auto} ${exactAdvances}
    </style>`,
  );
  if (address) await page.$eval('base', (base, href) => base.setAttribute('href', href), address);
}

interface Drawing {
  bands: PlacedBand[];
  style: string;
  pages: number[];
  totalPages: number;
  paper: Size;
}

// The part of the DOM that `drawBands` uses: the project's own types are those of Node, without a document.
interface Tree {
  innerHTML: string;
  textContent: string | null;
  style: { cssText: string };
  dataset: Record<string, string>;
  content: { cloneNode(deep: boolean): Tree };
  append(...children: Tree[]): void;
  attachShadow(init: { mode: 'open' }): Tree;
  querySelectorAll(selector: string): Iterable<Tree>;
}
declare const document: { body: Tree; createElement(name: string): Tree };

/** Runs in the page. */
function drawBands({ bands, style, pages, totalPages }: Drawing): void {
  const templates = bands.map(band => {
    const template = document.createElement('template');
    template.innerHTML = `<div>${band.html}</div>`;
    return template;
  });
  const justify = { start: 'flex-start', center: 'center', end: 'flex-end' };
  for (const number of pages) {
    const section = document.createElement('section');
    for (const [index, band] of bands.entries()) {
      if (band.on !== 'all' && (band.on === 'first') !== (number === 1)) continue;
      const host = document.createElement('div');
      host.dataset.band = '';
      host.style.cssText = `top:${band.top}mm;height:${band.height}mm;justify-content:${justify[band.align]};${style}`;
      const tree = host.attachShadow({ mode: 'open' });
      tree.append(templates[index]!.content.cloneNode(true));
      for (const place of tree.querySelectorAll('.pageNumber')) place.textContent = String(number);
      for (const place of tree.querySelectorAll('.totalPages')) place.textContent = String(totalPages);
      section.append(host);
    }
    document.body.append(section);
  }
}

/** A picture or font that does not come in time stays out; the job's own deadline is for its content. */
async function picturesLoaded(page: Page): Promise<void> {
  const loaded = `document.fonts.status === 'loaded' && [...document.querySelectorAll('[data-band]')]
    .every(band => [...band.shadowRoot.querySelectorAll('img')].every(picture => picture.complete))`;
  const giveUp = performance.now() + pictureDeadlineMs;
  while (!(await page.evaluate(loaded)) && performance.now() < giveUp) {
    await new Promise(resolve => setTimeout(resolve, pictureCheckMs));
  }
}
