import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodePwg, type PwgPage } from '../../doubles/pwg-raster.ts';
import { ghostscriptRaster, pdfOfHtml, relayRaster } from '../../doubles/raster-ways.ts';

/*
 * The relay's PWG raster beside Ghostscript's, pixel by pixel, of a page with text, lines, a gradient and colours.
 * Tolerance: the page may lie one dot beside Ghostscript's each way, as Poppler's does, too. There, pixels differ by at
 * most 1.2 % of full black on average, and at most 1 % of them by more than half: renderers smooth edges differently.
 */
const averageAtMost = 0.012 * 255;
const farAtMost = 0.01;
const dotsAtMost = 1;

const html = `<!DOCTYPE html><meta charset="utf-8"><style>body{font:14px Arial,sans-serif;margin:0}
  td{border:1px solid #333;padding:2px 9px} .g{height:60px;background:linear-gradient(90deg,#000,#fff)}</style>
  <h1>Invoice 1001</h1><div class="g"></div><p style="color:#c00">Red</p><p style="color:#06c">Blue</p>
  <table>${Array.from({ length: 25 }, (_, row) => `<tr><td>${row}<td>Widget of some kind<td>${row * 3}.00`).join('')}</table>`;

let folder = '';
let pdf = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-raster-'));
  pdf = join(folder, 'page.pdf');
  await writeFile(pdf, await pdfOfHtml(html));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const firstPage = async (path: string) => decodePwg(await readFile(path))[0] as PwgPage;
const ours = async (isColor: boolean) => await firstPage(await relayRaster(pdf, isColor));
const ghostscript = async (isColor: boolean) => await firstPage(await ghostscriptRaster(pdf, isColor, 4));

interface Difference {
  average: number;
  far: number;
}

/** Where the pages fit best, within the tolerance, with `page` moved by so many dots before. */
function differenceOf(page: PwgPage, other: PwgPage, moved = 0): Difference {
  const dots = [-dotsAtMost, 0, dotsAtMost];
  const all = dots.flatMap(across => dots.map(down => differenceAt(page, other, across + moved, down)));
  return all.reduce((best, each) => (each.average < best.average ? each : best));
}

const margin = 8;

function differenceAt(page: PwgPage, other: PwgPage, across: number, down: number): Difference {
  let [sum, far, count] = [0, 0, 0];
  for (let y = margin; y < other.height - margin; y++) {
    for (let x = margin * page.step; x < (other.width - margin) * page.step; x++) {
      const a = page.data[((y + down) * page.width + across) * page.step + x] as number;
      const difference = Math.abs(a - (other.data[y * other.width * other.step + x] as number));
      sum += difference;
      if (difference > 127) far++;
      count++;
    }
  }
  return { average: sum / count, far: far / count };
}

it.each([
  ['gray', false],
  ['colour', true],
])('a page in %s looks as Ghostscript paints it', async (_, isColor) => {
  const [page, other] = [await ours(isColor), await ghostscript(isColor)];

  expect([page.step, Math.abs(page.width - other.width) <= 1, Math.abs(page.height - other.height) <= 1]).toEqual([
    other.step,
    true,
    true,
  ]);
  const { average, far } = differenceOf(page, other);
  console.log(`average ${average.toFixed(2)} of 255, far ${(far * 100).toFixed(2)} %`);
  expect(average).toBeLessThan(averageAtMost);
  expect(far).toBeLessThan(farAtMost);
});

it('a page that is moved by five dots is beyond the tolerance', async () => {
  const { average, far } = differenceOf(await ours(false), await ghostscript(false), 5);

  expect(average > averageAtMost || far > farAtMost).toBe(true);
});
