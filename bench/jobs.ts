import { setTimeout as sleep } from 'node:timers/promises';
import puppeteer, { type Browser } from 'puppeteer-core';
import { Machine } from '../doubles/machine.ts';
import { openBrowserPool } from '../shared/adapters/convert/browser/browser.ts';
import { unpackChromium } from '../shared/adapters/convert/browser/chromium.ts';
import { renderPdf } from '../shared/adapters/convert/page/html-to-pdf.ts';
import { median, table } from './statistics.ts';

/*
 * Overhead of a job over its rendering. The very first job starts a worker and its browser. Then, the time from the request of a one-page conversion to its result, for a
 * client that waits (a polling client would measure its own interval), compared with the same page rendered in this
 * process and by bare puppeteer; samples alternate. Second, jobs per minute of eight clients, compared with eight loops
 * of bare puppeteer with a fresh context for each page, in alternating rounds.
 */

const warmSamples = 30;
const pauseMilliseconds = 100;
const hands = 8;
const jobsPerRound = 120;
const rounds = 3;

const lines = Array.from({ length: 20 }, (_, row) => `<tr><td>${row}<td>Widget ${row} of some kind<td>${row * 3}.00`);
const html = `<!DOCTYPE html><meta charset="utf-8"><title>Invoice 1001</title>
  <style>body{font:12px Arial,sans-serif} table{width:100%;border-collapse:collapse} td{border:1px solid #999}</style>
  <h1>Invoice 1001</h1><p>Example Ltd, 1 Long Road</p><table>${lines.join('')}</table><p><b>Total 570.00</b>`;

type Work = () => Promise<unknown>;

export async function bench(): Promise<void> {
  const machine = await Machine.make();
  await machine.start();
  const pool = await openBrowserPool({ allowFetch: [], concurrency: hands });
  const browser = await launchBare();
  try {
    console.log(`first job after the start: ${(await milliseconds(jobOf(machine))).toFixed(0)} ms\n`);
    await compareTimes(jobOf(machine), () => renderPdf(pool, request), barePage(browser));
    await compareThroughput(jobOf(machine), barePage(browser));
  } finally {
    await browser.close();
    await pool.close();
    await machine.remove();
  }
}

async function compareTimes(job: Work, render: Work, bare: Work): Promise<void> {
  const works = [job, render, bare];
  for (const warmUp of [...works, ...works]) await warmUp();
  const times = works.map(() => [] as number[]);
  for (let sample = 0; sample < warmSamples; sample++) {
    for (const [index, work] of works.entries()) {
      times[index]?.push(await milliseconds(work));
      await sleep(pauseMilliseconds);
    }
  }
  const [jobMedian, renderMedian, bareMedian] = times.map(median) as [number, number, number];
  console.log(
    table(
      ['one page, one at a time', 'median ms'],
      [
        ['job, request to success', jobMedian],
        ['the render alone', renderMedian],
        ['ratio', jobMedian / renderMedian],
        ['bare puppeteer, a fresh context', bareMedian],
        ['ratio', jobMedian / bareMedian],
      ],
    ),
  );
}

async function compareThroughput(job: Work, page: Work): Promise<void> {
  const rates = { job: [] as number[], page: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    rates.job.push(await perMinute(job));
    rates.page.push(await perMinute(page));
  }
  const [jobRate, pageRate] = [median(rates.job), median(rates.page)];
  console.log(
    table(
      [`\n${hands} at once`, 'a minute'],
      [
        ['jobs', jobRate],
        ['bare puppeteer, pages', pageRate],
        ['ratio', jobRate / pageRate],
      ],
    ),
  );
}

async function perMinute(work: Work): Promise<number> {
  let left = jobsPerRound;
  const hand = async () => {
    while (left-- > 0) await work();
  };
  const took = await milliseconds(() => Promise.all(Array.from({ length: hands }, hand)));
  return (jobsPerRound / took) * 60_000;
}

/** A conversion job, with a client that waits for it. */
function jobOf({ facts }: Machine): Work {
  const headers = { 'x-api-key': facts.key, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify({ html }) };
  return async () => {
    const response = await fetch(`${facts.endpoint}/v1/pdf/convert/from/html`, init);
    const { message } = (await response.json()) as { message?: string };
    if (!response.ok) throw new Error(message);
  };
}

const request = {
  content: { kind: 'html' as const, html },
  paper: { width: 210, height: 297 },
  backgrounds: true,
  media: 'print' as const,
  fullLoad: true,
  scripts: true,
  deadlineMs: 120_000,
};

function barePage(browser: Browser): Work {
  return async () => {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setContent(html, { waitUntil: 'load' });
    await page.pdf({ format: 'A4', printBackground: true, tagged: false });
    await context.close();
  };
}

async function launchBare(): Promise<Browser> {
  const { executable, environment } = await unpackChromium();
  return await puppeteer.launch({
    executablePath: executable,
    headless: 'shell',
    pipe: true,
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
    env: { ...process.env, ...environment },
  });
}

async function milliseconds(work: Work): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
