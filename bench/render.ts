import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import puppeteer, { type Browser } from 'puppeteer-core';
import { type BrowserPool, openBrowserPool } from '../shared/adapters/convert/browser/browser.ts';
import { unpackChromium } from '../shared/adapters/convert/browser/chromium.ts';
import { renderPdf } from '../shared/adapters/convert/page/html-to-pdf.ts';
import { countPages } from '../shared/adapters/convert/pdf/pdf-reader.ts';
import { median } from './statistics.ts';

/**
 * Renders a page to a PDF: ours, bare puppeteer on the same browser with the same isolation (a fresh context each), a
 * reused page without isolation, and Debian's WeasyPrint and wkhtmltopdf if installed. Samples of ours and of bare
 * puppeteer alternate, so that other load affects both.
 */
const run = promisify(execFile);

const warmSamples = 15;
const coldSamples = 5;
const pauseMs = 150;
const memoryRenders = 500;
/** Alternating, for the throughput at each concurrency. */
const rounds = 3;

const rows = (count: number) =>
  Array.from({ length: count }, (_, row) => `<tr><td>${row}<td>Widget ${row} of some kind<td>${row * 3}.00`).join('');
const table = (count: number) => `<!DOCTYPE html><meta charset="utf-8"><title>Invoice 1001</title>
  <style>body{font:12px Arial,sans-serif} table{width:100%;border-collapse:collapse} td{border:1px solid #999}</style>
  <h1>Invoice 1001</h1><p>Example Ltd, 1 Long Road</p><table>${rows(count)}</table><p><b>Total 570.00</b>`;
const documents = { '1-page invoice': table(20), '50-page table': table(3_270) };

const request = (html: string) => ({
  content: { kind: 'html' as const, html },
  paper: { width: 210, height: 297 },
  backgrounds: true,
  media: 'print' as const,
  fullLoad: true,
  scripts: true,
  deadlineMs: 120_000,
});

type Render = (html: string) => Promise<Uint8Array>;
const ours =
  (pool: BrowserPool): Render =>
  async html =>
    (await renderPdf(pool, request(html))).pdf;
const bare =
  (browser: Browser): Render =>
  async html => {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setContent(html, { waitUntil: 'load' });
    const pdf = await page.pdf({ format: 'A4', printBackground: true, tagged: false });
    await context.close();
    return pdf;
  };

async function launchBare(): Promise<Browser> {
  const { executable, environment } = await unpackChromium();
  const args = ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'];
  return puppeteer.launch({
    executablePath: executable,
    headless: 'shell',
    pipe: true,
    args,
    env: { ...process.env, ...environment },
  });
}

const pause = () => new Promise(resolve => setTimeout(resolve, pauseMs));

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function show(label: string, values: Record<string, number | undefined>, unit: string): void {
  const [first] = Object.values(values);
  const columns = Object.entries(values).map(([name, value]) => {
    if (value === undefined) return `${name} -`;
    const ratio = value === first || first === undefined ? '' : ` (x${(value / first).toFixed(2)})`;
    return `${name} ${value.toFixed(unit === 'ms' ? 0 : 1)} ${unit}${ratio}`;
  });
  console.log(`${label.padEnd(40)} ${columns.join('   ')}`);
}

/** Medians of several ways, measured alternately. */
async function inTurns(
  ways: Record<string, () => Promise<unknown>>,
  samples: number,
  rest: () => Promise<unknown> = async () => {},
) {
  const times = Object.fromEntries(Object.keys(ways).map(name => [name, [] as number[]]));
  for (let sample = 0; sample < samples; sample++) {
    for (const [name, way] of Object.entries(ways)) {
      await rest();
      times[name]?.push(await milliseconds(way));
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

export async function bench(): Promise<void> {
  const pool = await openBrowserPool({ concurrency: 4 });
  const browser = await launchBare();
  const folder = await mkdtemp(join(tmpdir(), 'platen-bench-'));
  try {
    console.log('The first column is ours; ratios over it, above 1 is slower than ours.');
    for (const [name, html] of Object.entries(documents)) {
      console.log(`\n${name}: ${await countPages(await ours(pool)(html))} page(s)`);
      await warm(html, pool, browser);
      await cold(html);
      await peers(html, pool, folder);
      await concurrent(html, pool, browser);
    }
    await memory(pool);
  } finally {
    await rm(folder, { recursive: true });
    await browser.close();
    await pool.close();
  }
}

/** Documents per second only. */
export async function throughput(): Promise<void> {
  const pool = await openBrowserPool({ concurrency: 4 });
  const browser = await launchBare();
  for (const [name, html] of Object.entries(documents)) {
    console.log(`\n${name}`);
    await ours(pool)(html);
    await bare(browser)(html);
    await concurrent(html, pool, browser);
  }
  await browser.close();
  await pool.close();
}

async function warm(html: string, pool: BrowserPool, browser: Browser): Promise<void> {
  const page = await browser.newPage();
  const reused = async () => {
    await page.setContent(html, { waitUntil: 'load' });
    await page.pdf({ format: 'A4', printBackground: true, tagged: false });
  };
  const ways = {
    ours: () => ours(pool)(html),
    'bare puppeteer': () => bare(browser)(html),
    'bare, reused page': reused,
  };
  show('warm, one after another', await inTurns(ways, warmSamples), 'ms');
  show(`warm, ${pauseMs} ms between`, await inTurns(ways, warmSamples, pause), 'ms');
  await page.close();
  // When alternating, ours prepares its next context while the others are measured; alone it has to wait for it.
  const alone = async (way: () => Promise<unknown>) => Object.values(await inTurns({ way }, warmSamples))[0];
  show(
    'warm, each alone, back to back',
    { ours: await alone(ways.ours), 'bare puppeteer': await alone(ways['bare puppeteer']) },
    'ms',
  );
}

/** From browser start to PDF. The browser is unpacked only once per machine, before the measurement. */
async function cold(html: string): Promise<void> {
  const ways = {
    ours: async () => {
      const pool = await openBrowserPool();
      await ours(pool)(html);
      return pool;
    },
    'bare puppeteer': async () => {
      const browser = await launchBare();
      await bare(browser)(html);
      return browser;
    },
  };
  const times: Record<string, number[]> = { ours: [], 'bare puppeteer': [] };
  for (let sample = 0; sample < coldSamples; sample++) {
    for (const [name, way] of Object.entries(ways)) {
      const start = performance.now();
      const started = await way();
      times[name]?.push(performance.now() - start);
      await started.close();
    }
  }
  show('cold browser', Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)])), 'ms');
}

const weasyprintLoop = `
import sys, time
from weasyprint import HTML
html = open(sys.argv[1], encoding='utf-8').read()
times = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter(); HTML(string=html).write_pdf(); times.append(time.perf_counter() - start)
print(sorted(times)[len(times) // 2] * 1000)`;

/** WeasyPrint in one warm Python process; wkhtmltopdf supports only one process per document. */
async function peers(html: string, pool: BrowserPool, folder: string): Promise<void> {
  const file = join(folder, 'page.html');
  await writeFile(file, html);
  const optional = (time: Promise<number>) => time.catch(() => undefined);
  const weasyprint = run('/usr/bin/python3', ['-c', weasyprintLoop, file, '3']).then(({ stdout }) => Number(stdout));
  const values = { 'WeasyPrint, warm': await optional(weasyprint) };
  const wkhtmltopdf = async () => run('wkhtmltopdf', ['--quiet', '--page-size', 'A4', file, join(folder, 'page.pdf')]);
  const wk = await optional(
    wkhtmltopdf().then(async () => Object.values(await inTurns({ wkhtmltopdf }, coldSamples))[0]!),
  );
  const own = Object.values(await inTurns({ ours: () => ours(pool)(html) }, coldSamples, pause))[0];
  show('peers', { ours: own, ...values, 'wkhtmltopdf, a process each': wk }, 'ms');
}

/** Documents per second at a concurrency of 1, 2 and 4: medians of alternating rounds. */
async function concurrent(html: string, pool: BrowserPool, browser: Browser): Promise<void> {
  const total = html.length > 20_000 ? 8 : 40;
  for (const lanes of [1, 2, 4]) {
    const all = (render: Render) => async () => {
      let left = total;
      const lane = async () => {
        while (left-- > 0) await render(html);
      };
      await Promise.all(Array.from({ length: lanes }, lane));
    };
    const times = await inTurns({ ours: all(ours(pool)), 'bare puppeteer': all(bare(browser)) }, rounds);
    const rates = Object.fromEntries(Object.entries(times).map(([name, time]) => [name, (total / time) * 1000]));
    show(`${lanes} at a time (more is better)`, rates, 'per s');
  }
}

/**
 * Private memory of this process and its descendants. Shared pages are excluded, since their share changes when other
 * browsers start or end.
 */
async function memoryMebibytes(): Promise<number> {
  const { stdout } = await run('ps', ['-e', '-o', 'pid=,ppid=']);
  const parents = new Map(
    stdout
      .trim()
      .split('\n')
      .map(line => line.trim().split(/\s+/).map(Number) as [number, number]),
  );
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === process.pid || isOurs(parents.get(pid)));
  let kibibytes = 0;
  for (const pid of [...parents.keys()].filter(isOurs)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    for (const [, own] of rollup.matchAll(/^Private_\w+:\s+(\d+)/gm)) kibibytes += Number(own);
  }
  return kibibytes / 1024;
}

async function memory(pool: BrowserPool): Promise<void> {
  const html = documents['1-page invoice'];
  console.log(`\nmemory over ${memoryRenders} invoices, whole process tree`);
  for (let done = 0; done <= memoryRenders; done++) {
    if (done % (memoryRenders / 5) === 0) {
      await pause();
      globalThis.gc?.();
      console.log(
        `after ${String(done).padStart(5)}: ${(await memoryMebibytes()).toFixed(0)} MiB, of it JavaScript ${(process.memoryUsage().heapUsed / 2 ** 20).toFixed(0)}`,
      );
    }
    if (done < memoryRenders) await ours(pool)(html);
  }
}
