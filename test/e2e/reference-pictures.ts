import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';
import type { BrowserPool } from '../../shared/adapters/convert/browser/browser.ts';
import { renderPdf } from '../../shared/adapters/convert/page/html-to-pdf.ts';
import { picturesOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';
import { referencePages } from './reference-pages.ts';

/**
 * Images of printed pages, kept as references in test/fixtures/render. `node test/e2e/renew-reference-pictures.ts`
 * updates them; inspect each one before you commit it.
 */
const folder = new URL('../fixtures/render/', import.meta.url);
const dpi = 72;
const gapPixels = 6;
const colours = 64;

/** A channel difference above rounding, and the number of pixels that may have it: a different digit has more. */
const visible = 64;
const mostDiffering = 5;

export const referencePath = (name: string) => new URL(`${name}.png`, folder);

/** All pages of a document side by side, on grey. */
export async function pictureOf(pool: BrowserPool, name: string, html = referencePages[name]!.html): Promise<Buffer> {
  const { pdf } = await renderPdf(pool, {
    paper: { width: 210, height: 297 },
    backgrounds: false,
    media: 'print',
    fullLoad: true,
    scripts: true,
    deadlineMs: 60_000,
    ...referencePages[name],
    content: { kind: 'html', html, baseUrl: referencePages[name]?.baseUrl },
  });
  const pages = await picturesOfPdf(pdf, { dpi, format: 'png' });
  const placed: OverlayOptions[] = [];
  let [left, height] = [0, 0];
  for (const { data } of pages) {
    const size = await sharp(data).metadata();
    placed.push({ input: Buffer.from(data), left, top: 0 });
    left += size.width + gapPixels;
    height = Math.max(height, size.height);
  }
  const sheet = { width: left - gapPixels, height, channels: 3 as const, background: '#808080' };
  return sharp({ create: sheet }).composite(placed).png({ palette: true, colours, dither: 0, effort: 10 }).toBuffer();
}

/** Undefined if the image equals its reference; otherwise a sentence that says how much differs, and where. */
export async function differenceFrom(name: string, actual: Buffer): Promise<string | undefined> {
  const [now, then] = await Promise.all([pixelsOf(actual), readFile(referencePath(name)).then(pixelsOf)]);
  const sameSize = now.width === then.width && now.height === then.height;
  const found = sameSize ? compare(now, then) : undefined;
  if (found && found.differing <= mostDiffering) return undefined;
  const place = await mkdtemp(join(tmpdir(), `platen-reference-${name}-`));
  await writeFile(join(place, 'actual.png'), actual);
  if (!found) return `${name} is ${now.width}×${now.height} and was ${then.width}×${then.height}; see ${place}`;
  const { width, height } = now;
  await sharp(found.picture, { raw: { width, height, channels: 3 } }).toFile(join(place, 'difference.png'));
  const { left, top, right, bottom } = found.box;
  const share = ((found.differing / (width * height)) * 100).toFixed(3);
  const amount = `${found.differing} pixels (${share} %) of ${name} differ, ${mostDiffering} may`;
  return `${amount}; between ${left},${top} and ${right},${bottom}; see ${place}`;
}

interface Pixels {
  data: Buffer;
  width: number;
  height: number;
}

async function pixelsOf(png: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(png)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** The difference in red over the faded reference. */
function compare(now: Pixels, then: Pixels) {
  const picture = Buffer.from(then.data.map(value => 255 - (255 - value) / 4));
  const box = { left: now.width, top: now.height, right: 0, bottom: 0 };
  let differing = 0;
  for (let at = 0; at < now.data.length; at += 3) {
    const deltas = [0, 1, 2].map(channel => Math.abs(now.data[at + channel]! - then.data[at + channel]!));
    if (Math.max(...deltas) < visible) continue;
    differing++;
    picture.set([255, 0, 0], at);
    const [x, y] = [(at / 3) % now.width, Math.floor(at / 3 / now.width)];
    box.left = Math.min(box.left, x);
    box.top = Math.min(box.top, y);
    box.right = Math.max(box.right, x);
    box.bottom = Math.max(box.bottom, y);
  }
  return { differing, picture, box };
}
