import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PlatenClient } from '../../client/index.ts';
import { Machine, until } from '../../doubles/machine.ts';
import { freePorts } from '../../scripts/ministack.ts';
import { openBrowser, openPage, openSite } from './web-page.ts';

/* Chromium's own EventSource in a page of another origin, with a ticket in its address. */

let machine: Machine;
let site: Awaited<ReturnType<typeof openSite>>;
let folder: string;
let browser: Browser;
beforeAll(async () => {
  const [port] = await freePorts(1);
  machine = await Machine.make(['--port', String(port)]);
  await machine.start();
  folder = await mkdtemp(join(tmpdir(), 'platen-event-source-'));
  browser = await openBrowser(folder);
  site = await openSite((_request, response) => response.setHeader('content-type', 'text/html').end('<p>Events'));
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await machine?.remove();
  await rm(folder, { recursive: true, force: true });
});

const document = JSON.stringify({ printer: 'office:folder', document: { base64: 'JVBERi0xLjQK' } });

it('gets each event once and in order while the server is killed again and again', async () => {
  const { url } = (await (
    await machine.call('POST', '/platen/v1/events/streams', JSON.stringify({ types: ['job.*'] }))
  ).json()) as { url: string };
  const page = await openPage(browser, site.origin);
  await page.evaluate(address => {
    const seen: object[] = [];
    Object.assign(globalThis, { seen });
    const source = new EventSource(address);
    source.onmessage = ({ data, lastEventId }) => seen.push({ ...JSON.parse(data), lastEventId });
    return new Promise(resolve => source.addEventListener('open', resolve, { once: true }));
  }, url);
  const seen = () =>
    page.evaluate(
      () => (globalThis as unknown as { seen: { type: string; sequence: number; lastEventId: string }[] }).seen,
    );

  for (let round = 0; round < 3; round++) {
    const printing = Array.from({ length: 10 }, () =>
      machine.call('POST', '/platen/v1/jobs', document).catch(() => undefined),
    );
    await Promise.race(printing);
    await machine.end('SIGKILL');
    await Promise.all(printing);
    await machine.start();
  }
  await until(async () => {
    const { jobs } = (await (await machine.call('GET', '/platen/v1/jobs?limit=100')).json()) as {
      jobs: { state: string }[];
    };
    if (jobs.some(({ state }) => state !== 'completed')) return undefined;
    return jobs;
  });
  const client = new PlatenClient(machine.facts);
  const logged: number[] = [];
  for (let more = true; more; ) {
    const page = await client.listEvents({ after: logged.at(-1) ?? 0, types: ['job.*'] });
    logged.push(...page.events.map(({ sequence }) => sequence));
    more = page.more;
  }
  await until(async () => (await seen()).length >= logged.length);

  expect(logged.length).toBeGreaterThan(5);
  expect((await seen()).map(({ sequence }) => sequence)).toEqual(logged);
  for (const { sequence, lastEventId } of await seen()) expect(lastEventId).toBe(String(sequence));
});
