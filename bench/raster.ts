import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeDocument } from '../relay/documents/make-document.ts';
import type { RasterTarget } from '../relay/documents/making.ts';
import { openBrowserPool } from '../shared/adapters/convert/browser/browser.ts';
import { renderPdf } from '../shared/adapters/convert/page/html-to-pdf.ts';
import { median, table } from './statistics.ts';

/*
 * A PDF as PWG raster at 300 dots an inch: the relay's child process, and Ghostscript's device `pwgraster`, with and
 * without smoothed edges. Each sample is a whole process, and samples alternate.
 */

const samples = 5;
const run = promisify(execFile);

const rows = (count: number) =>
  Array.from({ length: count }, (_, row) => `<tr><td>${row}<td>Widget of some kind<td>${row * 3}.00`).join('');
const html = (count: number) => `<!DOCTYPE html><meta charset="utf-8"><style>body{font:12px Arial,sans-serif}
  td{border:1px solid #999}</style><h1>Invoice 1001</h1><table>${rows(count)}</table>`;

export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-bench-'));
  const pool = await openBrowserPool();
  const results: (string | number)[][] = [];
  for (const [name, count] of [
    ['1 page', 20],
    ['20 pages', 900],
  ] as const) {
    const pdf = join(folder, 'document.pdf');
    const { pdf: octets } = await renderPdf(pool, {
      content: { kind: 'html', html: html(count) },
      paper: { width: 210, height: 297 },
      backgrounds: true,
      media: 'print',
      fullLoad: true,
      scripts: true,
      deadlineMs: 120_000,
    });
    await writeFile(pdf, octets);
    for (const isColor of [false, true]) {
      const ways = [() => ours(pdf, isColor), () => ghostscript(pdf, isColor, 1), () => ghostscript(pdf, isColor, 4)];
      const times = await alternate(ways);
      results.push([`${name}, ${isColor ? 'colour' : 'gray'}`, ...times.map(median)]);
    }
  }
  await pool.close();
  await rm(folder, { recursive: true });
  console.log(table(['milliseconds', 'ours', 'Ghostscript', 'Ghostscript, smooth'], results));
}

async function alternate(ways: (() => Promise<unknown>)[]): Promise<number[][]> {
  const times = ways.map((): number[] => []);
  for (let sample = 0; sample < samples; sample++) {
    for (const [index, way] of ways.entries()) {
      const from = performance.now();
      await way();
      times[index]?.push(performance.now() - from);
    }
  }
  return times;
}

async function ours(pdf: string, isColor: boolean): Promise<void> {
  const raster: RasterTarget = {
    format: 'image/pwg-raster',
    resolution: 300,
    isColor,
    sides: 'one-sided',
    sheetBack: 'normal',
  };
  await makeDocument({ raster }, pdf, new AbortController().signal);
}

async function ghostscript(pdf: string, isColor: boolean, smoothBits: number): Promise<void> {
  const space = [`-dcupsColorSpace=${isColor ? 19 : 18}`, '-dcupsBitsPerColor=8'];
  const smooth = [`-dTextAlphaBits=${smoothBits}`, `-dGraphicsAlphaBits=${smoothBits}`];
  const options = ['-q', '-dSAFER', '-dBATCH', '-dNOPAUSE', '-sDEVICE=pwgraster', '-r300', ...space, ...smooth];
  await run('gs', [...options, `-sOutputFile=${pdf}.gs`, pdf]);
}
