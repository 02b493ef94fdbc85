import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type PDFiumDocument, PDFiumLibrary } from '@hyzyla/pdfium';
import type { RasterTarget } from './making.ts';
import { PageBitmap } from './pdfium-bitmap.ts';
import {
  encodeLines,
  type Page,
  type Pixels,
  pwgPageHeader,
  pwgSync,
  urfFileHeader,
  urfPageHeader,
} from './raster-format.ts';

const pointsPerInch = 72;
/** Pages that differ from the medium by less are printed as they are, in points. */
const slack = 15;

let library: Promise<PDFiumLibrary> | undefined;
const openLibrary = () => {
  library ??= PDFiumLibrary.init();
  return library;
};

/** Letters and lines: what most pages are made of. */
const sample = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 60]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 108>>stream
9 9 282 42 re S 0 0 1 rg BT /F 9 Tf 12 20 Td (the quick brown fox jumps over the lazy dog 0123456789) Tj ET   \x20
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>`;

/** Draws a page of our own, so that all code that draws is compiled before a document comes. */
export async function warmUp(): Promise<void> {
  const document = await (await openLibrary()).loadDocument(Buffer.from(sample));
  for (const isColor of [false, true]) {
    encodeLines(render(document, new PageBitmap(document), 0, { resolution: 300, isColor }));
  }
  document.destroy();
}

/** Renders pages with PDFium, one at a time, into what a printer takes. Answers the paths of what was made. */
export async function rasterize(
  pdf: Uint8Array,
  choose: (count: number) => number[],
  target: RasterTarget,
  to: string,
): Promise<string[]> {
  const document = await (await openLibrary()).loadDocument(pdf);
  const pages = choose(document.getPageCount());
  const bitmap = new PageBitmap(document);
  const draw = (index: number) => render(document, bitmap, index, target);
  if (target.format === 'image/jpeg') return await writeJpegs(pages, draw, target, to);
  const output = createWriteStream(to);
  await write(output, target.format === 'image/urf' ? urfFileHeader(pages.length) : pwgSync);
  for (const [place, index] of pages.entries()) {
    const isBack = target.sides !== 'one-sided' && place % 2 === 1;
    const page = draw(index);
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
  pages: number[],
  draw: (index: number) => Page,
  target: RasterTarget,
  to: string,
): Promise<string[]> {
  // most printers need none
  const { jpegOf } = await import('./jpeg.ts');
  const paths: string[] = [];
  for (const [place, index] of pages.entries()) {
    const path = `${to}.${place + 1}`;
    await writeFile(path, jpegOf(draw(index), target.resolution));
    paths.push(path);
  }
  return paths;
}

async function write(output: WriteStream, octets: Buffer): Promise<void> {
  if (!output.write(octets)) await once(output, 'drain');
}

type Look = Pick<RasterTarget, 'media' | 'resolution' | 'isColor'>;

/** The page on its medium: turned if it lies the other way, made smaller if it is larger, and in the middle. */
function render(document: PDFiumDocument, bitmap: PageBitmap, index: number, target: Look): Page {
  const source = document.getPage(index);
  const size = source.getOriginalSize();
  const [width, height] = [size.originalWidth, size.originalHeight];
  const medium = target.media ?? { width, height };
  const isTurned = width > height !== medium.width > medium.height && Math.abs(width - height) > slack;
  const [upright, lying] = isTurned ? [height, width] : [width, height];
  const isLarger = upright > medium.width + slack || lying > medium.height + slack;
  const fit = isLarger ? Math.min(medium.width / upright, medium.height / lying) : 1;
  const dots = (points: number) => Math.round((points * target.resolution) / pointsPerInch);
  const image = bitmap.draw(source, dots(width * fit), dots(height * fit), target.isColor ? 'color' : 'gray');
  return place(image, dots(medium.width), dots(medium.height), isTurned);
}

/** A picture in the middle of a page, a quarter turned where asked. */
function place(picture: Page, width: number, height: number, isTurned: boolean): Page {
  const image = isTurned ? quarterTurned(picture) : picture;
  if (image.width === width && image.height === height) return image;
  const page: Page = { width, height, pixels: blank(image.pixels, width * height) };
  const left = Math.floor((width - image.width) / 2);
  const top = Math.floor((height - image.height) / 2);
  const [fromX, toX] = [Math.max(0, -left), Math.min(image.width, width - left)];
  for (let y = Math.max(0, -top); y < Math.min(image.height, height - top); y++) {
    const line = image.pixels.subarray(y * image.width + fromX, y * image.width + toX);
    page.pixels.set(line, (y + top) * width + left + fromX);
  }
  return page;
}

/** White, of the kind of other pixels. */
function blank(like: Pixels, count: number): Pixels {
  return like instanceof Uint32Array ? new Uint32Array(count).fill(0xffffffff) : new Uint8Array(count).fill(0xff);
}

function quarterTurned({ width, height, pixels }: Page): Page {
  const turned: Page = { width: height, height: width, pixels: blank(pixels, width * height) };
  for (let y = 0, to = 0; y < width; y++) {
    for (let x = 0; x < height; x++) turned.pixels[to++] = pixels[(height - 1 - x) * width + y] as number;
  }
  return turned;
}

/** Turns the back of a sheet the way the printer feeds it [PWG 5102.4 4.3]. */
function turnBack(page: Page, { sheetBack, sides }: RasterTarget): void {
  const isTumbled = sides === 'two-sided-short-edge';
  const isUpsideDown = (sheetBack === 'rotated' && !isTumbled) || (sheetBack === 'manual-tumble' && isTumbled);
  const flipsFeed = (sheetBack === 'flipped' && !isTumbled) || isUpsideDown;
  const flipsAcross = (sheetBack === 'flipped' && isTumbled) || isUpsideDown;
  const { width, height, pixels } = page;
  const lines = Array.from({ length: height }, (_, y) => pixels.subarray(y * width, (y + 1) * width));
  if (flipsAcross) for (const line of lines) line.reverse();
  page.transform = { feed: flipsFeed ? -1 : 1, across: flipsAcross ? -1 : 1 };
  if (!flipsFeed) return;
  page.pixels = blank(pixels, pixels.length);
  for (const [y, line] of lines.entries()) page.pixels.set(line, (height - 1 - y) * width);
}
