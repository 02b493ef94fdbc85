import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openContext } from '../../doubles/console-browser.ts';
import { type IppPrinter, startIppPrinter } from '../../doubles/ipp-printer.ts';
import type { Traps } from '../../doubles/ipp-printer-traps.ts';
import { Machine } from '../../doubles/machine.ts';
import { type SocketSink, startSocketSink } from '../../doubles/socket-sink.ts';

const long = 10 * 60_000;
const stopped = (reason: string): Traps => ({ stops: { milliseconds: long, reasons: [reason] } });

/** Printers by their device id, each with its fault. */
const printers: Record<string, Traps> = {
  empty: stopped('media-empty-error'),
  open: stopped('cover-open-error'),
  jammed: stopped('media-jam-error'),
  dry: stopped('toner-empty-warning'),
  refusing: { aborts: { reasons: ['document-format-error'], message: 'Version 2.0 of PDF is not known here' } },
  switched: { cancelsAtDevice: true },
};

const text = { base64: Buffer.from('x'.repeat(50_000)).toString('base64') };

/** What was done to the job, and what its page has to say. */
const faults: [fault: string, job: { printer: string; document: object }, words: RegExp][] = [
  ['the printer is out of paper', { printer: 'office:empty', document: text }, /is out of paper/],
  ['the cover of the printer is open', { printer: 'office:open', document: text }, /has an open cover/],
  ['paper is jammed', { printer: 'office:jammed', document: text }, /has a paper jam/],
  ['the toner is used up', { printer: 'office:dry', document: text }, /is out of toner/],
  ['the printer refuses the document', { printer: 'office:refusing', document: text }, /Version 2\.0 of PDF/],
  ['a person cancels at the printer', { printer: 'office:switched', document: text }, /Cancelled/],
  ['the printer is switched off', { printer: 'office:off', document: text }, /does not answer/],
  ['the connection breaks while it prints', { printer: 'office:torn', document: text }, /It may have printed/],
  ['the place has no relay', { printer: 'branch:desk', document: text }, /branch has no relay yet/],
  [
    'the host of the document is unknown',
    { printer: 'office:folder', document: { url: 'https://nowhere.invalid/a.pdf' } },
    /host nowhere\.invalid is not known/,
  ],
  [
    'the page is at a private address',
    { printer: 'office:folder', document: { pageUrl: 'http://10.0.0.1/' } },
    /private and may not be fetched|private address/,
  ],
];

describe('the page of a job names its cause when', () => {
  let machine: Machine;
  let browser: Browser;
  let page: Page;
  let sink: SocketSink;
  const devices = new Map<string, IppPrinter>();
  beforeAll(async () => {
    sink = await startSocketSink({ traps: { resetsAfterOctets: 1000 } });
    for (const [name, traps] of Object.entries(printers)) devices.set(name, await startIppPrinter({ traps }));
    const closed = await startIppPrinter();
    await closed.stop();
    const addresses = [
      ...[...devices].map(([name, { uri }]) => `${name}=${uri}`),
      `off=${closed.uri}`,
      `torn=socket://127.0.0.1:${sink.port}`,
    ];
    machine = await Machine.make(addresses.flatMap(address => ['--printer', address]));
    [, browser] = await Promise.all([machine.start(), launchBrowser()]);
    await put('/locations/branch', {});
    await put('/printers/branch:desk', { active: true }, 'PATCH');
    page = await (await openContext(browser, machine.facts.endpoint, [])).newPage();
    await page.goto(`${machine.facts.endpoint}/console/`);
    await page.getByLabel('Key').fill(machine.facts.key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await machine.remove();
    await Promise.all([sink.stop(), ...[...devices.values()].map(device => device.stop())]);
  });

  const put = async (path: string, body: object, method = 'PUT') => {
    const headers = { 'content-type': 'application/json' };
    return await (await machine.call(method, `/platen/v1${path}`, JSON.stringify(body), headers)).json();
  };

  it.each(faults)('%s', async (_fault, job, words) => {
    const { jobs } = (await put('/jobs', job, 'POST')) as { jobs: { id: string }[] };

    await page.goto(`${machine.facts.endpoint}/console/jobs/${jobs[0]?.id}`);
    await page
      .getByLabel('Where this job is')
      .or(page.getByLabel('Worth knowing'))
      .filter({ hasText: words })
      .first()
      .waitFor();

    expect(await page.getByLabel('Where this job is').textContent()).not.toMatch(
      /E[A-Z]{6,}|undefined|T\d\d:\d\d:\d\dZ/,
    );
  });
});
