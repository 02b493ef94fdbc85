import type { Browser, BrowserContext } from 'playwright-core';
import { launchBrowser } from '../doubles/console-browser.ts';
import { Machine } from '../doubles/machine.ts';
import { storePrintedJobs } from '../doubles/stored-jobs.ts';
import { median, percentile, table } from './statistics.ts';

/*
 * The console of one machine with 10,000 jobs: the API's list of 50 jobs, which must take 100 ms, and the time from the
 * address to the first row on the screen, which must take a second. The floor of the second is the same browser with a page
 * that only lists the names, without scripts of ours.
 */

const storedJobs = 10_000;
const listSamples = 200;
const pageSamples = 10;
const lists: [name: string, query: string][] = [
  ['newest 50', 'limit=50'],
  ['50 of one printer', 'limit=50&printer=office:folder'],
  ['50 whose names have a text that all have', 'limit=50&text=stored'],
  ['a text that none of the newest has', 'limit=50&text=stored%209999'],
];

export async function bench(): Promise<void> {
  const machine = await Machine.make();
  await storePrintedJobs(machine.data, storedJobs);
  const [, browser] = await Promise.all([machine.start(), launchBrowser()]);
  try {
    await benchLists(machine);
    await benchPages(machine, browser);
  } finally {
    await browser.close();
    await machine.remove();
  }
}

async function benchLists(machine: Machine): Promise<void> {
  const times = lists.map(() => [] as number[]);
  for (let sample = 0; sample < listSamples; sample++) {
    for (const [index, [, query]] of lists.entries()) {
      const took = await milliseconds(async () => void (await machine.text('GET', `/platen/v1/jobs?${query}`)));
      times[index]?.push(took);
    }
  }
  const rows = lists.map(([name], index): [string, number, number] => rowOf(name, times[index] as number[]));
  console.log(table([`list of ${storedJobs} jobs`, 'median ms', '95 % ms'], rows));
}

async function benchPages(machine: Machine, browser: Browser): Promise<void> {
  const times = { fresh: [] as number[], cached: [] as number[], bare: [] as number[] };
  for (let sample = 0; sample < pageSamples; sample++) {
    const context = await signedInContext(machine, browser);
    times.fresh.push(await openJobs(machine, context));
    times.cached.push(await openJobs(machine, context));
    times.bare.push(await openBarePage(machine, context));
    await context.close();
  }
  const rows = [
    rowOf('console, a browser that was never here', times.fresh),
    rowOf('console, files in the cache', times.cached),
    rowOf('a page that only lists the names', times.bare),
  ];
  console.log(table(['\nfrom the address to the first job', 'median ms', '95 % ms'], rows));
}

const rowOf = (name: string, samples: number[]): [string, number, number] => [
  name,
  median(samples),
  percentile(samples, 0.95),
];

/** As a person who signed in before, so that no time is spent on typing. */
async function signedInContext({ facts }: Machine, browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext();
  const session = JSON.stringify({ key: facts.key, until: Date.now() + 60 * 60_000 });
  await context.addInitScript(text => localStorage.setItem('platen.session', text), session);
  return context;
}

async function openJobs({ facts }: Machine, context: BrowserContext): Promise<number> {
  const page = await context.newPage();
  const took = await milliseconds(async () => {
    await page.goto(`${facts.endpoint}/console/jobs`, { waitUntil: 'commit' });
    await page.locator('tbody tr').first().waitFor();
  });
  await page.close();
  return took;
}

/** In the page: a text, as the types of browsers are not those of this program. */
const bareList = `async key => {
  const answer = await fetch('/platen/v1/jobs?limit=50', { headers: { authorization: 'Bearer ' + key } });
  document.body.innerText = (await answer.json()).jobs.map(({ name }) => name).join('\\n');
}`;

async function openBarePage({ facts }: Machine, context: BrowserContext): Promise<number> {
  const page = await context.newPage();
  const took = await milliseconds(async () => {
    await page.goto(`${facts.endpoint}/console/config.json`, { waitUntil: 'commit' });
    await page.evaluate(`(${bareList})(${JSON.stringify(facts.key)})`);
  });
  await page.close();
  return took;
}

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
