import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ghostscriptRaster, pdfOfHtml, rasterTarget, relayRaster } from '../doubles/raster-ways.ts';
import type { MakingRequest } from '../relay/documents/making.ts';
import { stageRelay } from '../scripts/package/stage-relay.ts';
import { median, table } from './statistics.ts';

/*
 * A PDF as PWG raster at 300 dots an inch: in the relay, which has a process in waiting; in a process of its own, as
 * after a start of the installed relay; and by a process of Ghostscript, with and without smoothed edges. Samples
 * alternate, with a pause as between two documents.
 */

const samples = 7;
const pauseMilliseconds = 400;

const rows = (count: number) =>
  Array.from({ length: count }, (_, row) => `<tr><td>${row}<td>Widget of some kind<td>${row * 3}.00`).join('');
const html = (count: number) => `<!DOCTYPE html><meta charset="utf-8"><style>body{font:12px Arial,sans-serif}
  td{border:1px solid #999}</style><h1>Invoice 1001</h1><table>${rows(count)}</table>`;

export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-bench-'));
  await stageRelay(folder, 'bench', process.execPath);
  const worker = join(folder, 'lib/document-worker.mjs');
  const results: (string | number)[][] = [];
  for (const [name, count] of [
    ['1 page', 20],
    ['17 pages', 900],
  ] as const) {
    const pdf = join(folder, 'document.pdf');
    await writeFile(pdf, await pdfOfHtml(html(count)));
    for (const isColor of [false, true]) {
      const times = await alternate([
        () => relayRaster(pdf, isColor),
        () => ghostscriptRaster(pdf, isColor, 4),
        () => ghostscriptRaster(pdf, isColor, 1),
        () => ownProcess(worker, pdf, isColor),
      ]);
      results.push([`${name}, ${isColor ? 'colour' : 'gray'}`, ...times.map(median)]);
    }
  }
  await rm(folder, { recursive: true });
  const head = ['milliseconds', 'the relay', 'Ghostscript, smooth', 'Ghostscript, not smooth', 'the relay, first one'];
  console.log(table(head, results));
}

async function alternate(ways: (() => Promise<unknown>)[]): Promise<number[][]> {
  const times = ways.map((): number[] => []);
  for (const way of ways) await way();
  for (let sample = 0; sample < samples; sample++) {
    for (const [index, way] of ways.entries()) {
      await sleep(pauseMilliseconds);
      const from = performance.now();
      await way();
      times[index]?.push(performance.now() - from);
    }
  }
  return times;
}

async function ownProcess(program: string, pdf: string, isColor: boolean): Promise<void> {
  const worker = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  worker.send({ making: { raster: rasterTarget(isColor) }, from: pdf, to: `${pdf}.print` } satisfies MakingRequest);
  await once(worker, 'message');
  worker.kill('SIGKILL');
}
