import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type PDFiumDocument, PDFiumLibrary } from '@hyzyla/pdfium';
import { jpegOf } from './jpeg.ts';
import type { RasterTarget } from './making.ts';
import { encodeLines, type Page, pwgPageHeader, pwgSync, urfFileHeader, urfPageHeader } from './raster-format.ts';

const pointsPerInch = 72;
/** Pages that differ from the medium by less are printed as they are, in points. */
const slack = 15;

/** Renders pages with PDFium, one at a time, into what a printer takes. Answers the paths of what was made. */
export async function rasterize(
  pdf: Uint8Array,
  choose: (count: number) => number[],
  target: RasterTarget,
  to: string,
): Promise<string[]> {
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(pdf);
  const pages = choose(document.getPageCount());
  if (target.format === 'image/jpeg') return await writeJpegs(document, pages, target, to);
  const output = createWriteStream(to);
  await write(output, target.format === 'image/urf' ? urfFileHeader(pages.length) : pwgSync);
  for (const [place, index] of pages.entries()) {
    const isBack = target.sides !== 'one-sided' && place % 2 === 1;
    const page = await render(document, index, target);
    if (isBack) turnBack(page, target);
    const header = target.format === 'image/urf' ? urfPageHeader : pwgPageHeader;
    await write(output, header(page, target, { isBack, count: pages.length }));
    await write(output, encodeLines(page));
  }
  output.end();
  await once(output, 'close');
  return [to];
}

/** JPEG has no pages: one file for each. */
async function writeJpegs(
  document: PDFiumDocument,
  pages: number[],
  target: RasterTarget,
  to: string,
): Promise<string[]> {
  const paths: string[] = [];
  for (const [place, index] of pages.entries()) {
    const path = `${to}.${place + 1}`;
    await writeFile(path, jpegOf(await render(document, index, target), target.resolution));
    paths.push(path);
  }
  return paths;
}

async function write(output: WriteStream, octets: Buffer): Promise<void> {
  if (!output.write(octets)) await once(output, 'drain');
}

/** The page on its medium: turned if it lies the other way, made smaller if it is larger, and in the middle. */
async function render(document: PDFiumDocument, index: number, target: RasterTarget): Promise<Page> {
  const source = document.getPage(index);
  const size = source.getOriginalSize();
  const [width, height] = [size.originalWidth, size.originalHeight];
  const medium = target.media ?? { width, height };
  const isTurned = width > height !== medium.width > medium.height && Math.abs(width - height) > slack;
  const [upright, lying] = isTurned ? [height, width] : [width, height];
  const isLarger = upright > medium.width + slack || lying > medium.height + slack;
  const fit = isLarger ? Math.min(medium.width / upright, medium.height / lying) : 1;
  const scale = (target.resolution / pointsPerInch) * fit;
  const image = await source.render({ scale, render: 'bitmap', colorSpace: target.isColor ? 'BGRA' : 'Gray' });
  const dots = (points: number) => Math.round((points * target.resolution) / pointsPerInch);
  const page = blank(dots(medium.width), dots(medium.height), target.isColor ? 3 : 1);
  place(page, image, isTurned);
  return page;
}

function blank(width: number, height: number, octetsPerPixel: 1 | 3): Page {
  return { width, height, octetsPerPixel, data: Buffer.alloc(width * height * octetsPerPixel, 0xff) };
}

/** Copies an image of PDFium into the middle of a page, a quarter turned where asked. BGRA becomes RGB. */
function place(page: Page, image: { width: number; height: number; data: Uint8Array }, isTurned: boolean): void {
  const step = page.octetsPerPixel === 3 ? 4 : 1;
  const [width, height] = isTurned ? [image.height, image.width] : [image.width, image.height];
  const left = Math.floor((page.width - width) / 2);
  const top = Math.floor((page.height - height) / 2);
  const [fromX, toX] = [Math.max(0, -left), Math.min(width, page.width - left)];
  for (let y = Math.max(0, -top); y < Math.min(height, page.height - top); y++) {
    let to = ((y + top) * page.width + fromX + left) * page.octetsPerPixel;
    for (let x = fromX; x < toX; x++) {
      const from = (isTurned ? (image.height - 1 - x) * image.width + y : y * image.width + x) * step;
      if (step === 1) page.data[to++] = image.data[from] as number;
      else {
        page.data[to++] = image.data[from + 2] as number;
        page.data[to++] = image.data[from + 1] as number;
        page.data[to++] = image.data[from] as number;
      }
    }
  }
}

/** Turns the back of a sheet the way the printer feeds it [PWG 5102.4 4.3]. */
function turnBack(page: Page, { sheetBack, sides }: RasterTarget): void {
  const isTumbled = sides === 'two-sided-short-edge';
  const isUpsideDown = (sheetBack === 'rotated' && !isTumbled) || (sheetBack === 'manual-tumble' && isTumbled);
  const flipsFeed = (sheetBack === 'flipped' && !isTumbled) || isUpsideDown;
  const flipsAcross = (sheetBack === 'flipped' && isTumbled) || isUpsideDown;
  const line = page.width * page.octetsPerPixel;
  const turned = Buffer.alloc(page.data.length);
  for (let y = 0; y < page.height; y++) {
    const from = page.data.subarray(y * line, (y + 1) * line);
    const to = turned.subarray((flipsFeed ? page.height - 1 - y : y) * line);
    if (!flipsAcross) from.copy(to);
    else mirror(from, to, page.octetsPerPixel);
  }
  page.data = turned;
  page.transform = { feed: flipsFeed ? -1 : 1, across: flipsAcross ? -1 : 1 };
}

function mirror(from: Buffer, to: Buffer, octets: number): void {
  for (let at = 0; at < from.length; at += octets) from.copy(to, from.length - octets - at, at, at + octets);
}
