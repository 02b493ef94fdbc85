import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, openContext } from '../../doubles/console-browser.ts';
import { Machine, until } from '../../doubles/machine.ts';

const client = join(resolve(import.meta.dirname, '../..'), 'client/index.ts');
const isStream = (request: Request) => new URL(request.url()).pathname === '/platen/v1/events/stream';

describe('three tabs of a browser', () => {
  let machine: Machine;
  let browser: Browser;
  let context: BrowserContext;
  let script = '';
  /** the tabs that have a stream */
  let holders: Map<Request, Page>;
  beforeAll(async () => {
    machine = await Machine.make();
    [, browser, script] = await Promise.all([machine.start(), launchBrowser(), bundleFollower()]);
  });
  beforeEach(async () => {
    context = await openContext(browser, machine.facts.endpoint, []);
    holders = new Map();
    context.on('request', request => void (isStream(request) && holders.set(request, request.frame().page())));
    context.on('requestfinished', request => void holders.delete(request));
    context.on('requestfailed', request => void holders.delete(request));
  });
  afterEach(() => context.close());
  afterAll(async () => {
    await browser?.close();
    await machine.remove();
  });

  async function submit(name: string): Promise<void> {
    const document = { base64: Buffer.from('hello').toString('base64') };
    const body = JSON.stringify({ printer: 'office:folder', name, document });
    await machine.call('POST', '/platen/v1/jobs', body, { 'content-type': 'application/json' });
  }

  /** Closes the tab that has the stream, and returns the others once one of them has it. */
  async function closeHolder(tabs: Page[]): Promise<Page[]> {
    const [holder] = [...holders.values()] as [Page];
    const others = tabs.filter(tab => tab !== holder);
    // a request of a closed tab neither finishes nor fails
    for (const [request, page] of holders) if (page === holder) holders.delete(request);
    await holder.close();
    await until(() => [...holders.values()].some(page => others.includes(page)));
    return others;
  }

  it('show the console with one stream, which another tab takes over', async () => {
    const signedIn = async () => {
      const page = await context.newPage();
      await page.goto(`${machine.facts.endpoint}/console/`);
      await page.getByLabel('Key').fill(machine.facts.key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
      return page;
    };
    const tabs = [await signedIn(), await signedIn(), await signedIn()];
    await submit('for three tabs');
    for (const tab of tabs) await tab.getByRole('link', { name: 'for three tabs' }).first().waitFor();
    expect(holders.size).toBe(1);

    const others = await closeHolder(tabs);
    await submit('for two tabs');
    for (const tab of others) await tab.getByRole('link', { name: 'for two tabs' }).first().waitFor();

    expect(holders.size).toBe(1);
  });

  it('get each event once, while jobs are submitted and tabs with the stream are closed', async () => {
    const following = async () => {
      const page = await context.newPage();
      await page.goto(`${machine.facts.endpoint}/console/config.json`);
      await page.evaluate(script);
      await page.evaluate(
        key => void (globalThis as never as { follow(key: string): void }).follow(key),
        machine.facts.key,
      );
      return page;
    };
    const seenBy = (tab: Page) => tab.evaluate(() => (globalThis as never as { seen: number[] }).seen);
    let tabs = [await following(), await following(), await following()];
    await until(() => holders.size === 1);
    let isOver = false;
    const submitting = (async () => {
      for (let index = 0; !isOver; index++) await submit(`during ${index}`);
    })();

    tabs = await closeHolder(tabs);
    tabs = await closeHolder(tabs);
    isOver = true;
    await submitting;
    const [last] = tabs as [Page];
    const log = async (query: string) => {
      const answer = await machine.call('GET', `/platen/v1/events?types=job.*&${query}`);
      return (await answer.json()) as { events: { sequence: number }[]; next: number };
    };
    const { next: newest } = await log('limit=1');
    await until(async () => ((await seenBy(last)).at(-1) ?? 0) >= newest);
    const seen = await seenBy(last);

    const { events } = await log('after=0&limit=100');
    expect(seen.slice(0, events.length)).toEqual(events.slice(0, seen.length).map(({ sequence }) => sequence));
    expect(new Set(seen).size).toBe(seen.length);
  });
});

/** A script that notes the numbers of the events that its tab gets from the client. */
async function bundleFollower(): Promise<string> {
  const contents = `
    import { PlatenClient } from ${JSON.stringify(client)};
    globalThis.seen = [];
    globalThis.follow = async key => {
      const client = new PlatenClient({ endpoint: location.origin, key });
      for await (const { sequence } of client.events({ after: 0, types: ['job.*'] })) seen.push(sequence);
    };`;
  const options = { bundle: true, write: false, format: 'iife' } as const;
  const { outputFiles } = await build({ stdin: { contents, resolveDir: resolve(client, '..') }, ...options });
  return outputFiles[0]?.text ?? '';
}
