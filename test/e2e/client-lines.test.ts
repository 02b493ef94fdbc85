import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, CDPSession, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ClientJob, PlatenClient } from '../../client/index.ts';
import { LosingProxy } from '../../doubles/losing-proxy.ts';
import { Machine, until } from '../../doubles/machine.ts';
import { openBrowser, openPage, openSite } from './web-page.ts';

/* The client on real lines, against a server in its own process. */

const printed = ({ data }: Machine) =>
  readdirSync(join(data, 'printed'))
    .filter(name => !name.startsWith('.'))
    .map(name => readFileSync(join(data, 'printed', name)));

describe('behind a proxy that loses the first answer to each request', () => {
  it('uploads in parts and prints once', async () => {
    const proxy = await LosingProxy.open();
    onTestFinished(() => proxy.close());
    const machine = await Machine.make(['--public-url', proxy.origin]);
    onTestFinished(() => machine.remove());
    const { endpoint, key } = await machine.start();
    proxy.service = endpoint;
    const client = new PlatenClient({ endpoint: proxy.origin, key });
    const bytes = randomBytes(20_000_000);

    const id = await client.upload(new Blob([bytes]), { name: 'noise.bin' });
    const [job] = await client.print(id, ['office:folder']);
    const ended = await client.waitFor(job?.id ?? '');

    expect(ended.summary).toBe('printed');
    const lost = proxy.lost.map(path => path.replace(/[0-9a-f]{32}/, 'ID').replace(/storage\/.*/, 'storage'));
    for (const path of ['POST /platen/v1/uploads', 'PUT /storage', 'POST /platen/v1/uploads/ID/complete']) {
      expect(lost).toContain(path);
    }
    expect(lost).toContain('POST /platen/v1/jobs');
    const jobs = await Array.fromAsync(client.jobs());
    expect(jobs.map(({ id }) => id)).toEqual([job?.id]);
    expect(printed(machine).map(found => found.equals(bytes))).toEqual([true]);
  });
});

describe('in a page of another origin', () => {
  let machine: Machine;
  let site: Awaited<ReturnType<typeof openSite>>;
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
    folder = await mkdtemp(join(tmpdir(), 'platen-client-page-'));
    browser = await openBrowser(folder);
    const options = { bundle: true, write: false, format: 'esm', target: 'es2022' } as const;
    const { outputFiles } = await build({ entryPoints: ['client/index.ts'], ...options });
    site = await openSite((request, response) => {
      const isScript = request.url === '/client.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? outputFiles[0]?.contents : page);
    });
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
    await machine.remove();
    await rm(folder, { recursive: true });
  });

  const page = `<!doctype html><script type="module">
    import { PlatenClient } from '/client.js';
    // the same file after a reload
    const bytes = new Uint8Array(40_000_000);
    for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 2654435761) >>> 24;
    window.file = new Blob([bytes]);
    window.sent = 0;
    window.start = (endpoint, key, resume) => {
      window.client = new PlatenClient({ endpoint, key });
      window.done = client.upload(file, {
        resume,
        begun: id => { localStorage.upload = id; },
        progress: sent => { window.sent = sent; },
      });
    };
    window.isLoaded = true;
  </script>`;

  /** A page on a line of 20 MB a second, which counts the parts that it sends. */
  async function openSlowPage() {
    const opened = await openPage(browser, site.origin);
    const parts = { count: 0 };
    opened.on('request', request => {
      if (request.method() === 'PUT') parts.count += 1;
    });
    const session = await opened.createCDPSession();
    await session.send('Network.enable');
    await setLine(session, false);
    await opened.waitForFunction('window.isLoaded');
    return { page: opened, session, parts };
  }

  const setLine = (session: CDPSession, offline: boolean) =>
    session.send('Network.emulateNetworkConditions', {
      offline,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 20_000_000,
    });

  const start = (page: Page, resume?: string) => {
    const { endpoint, key } = machine.facts;
    return page.evaluate(`start(${JSON.stringify(endpoint)}, ${JSON.stringify(key)}, ${JSON.stringify(resume)})`);
  };

  const printOf = async (page: Page) =>
    (await page.evaluate(`done.then(id => client.print(id, ['office:folder']))
      .then(([job]) => client.waitFor(job.id))`)) as ClientJob;

  it('continues after a reload with what is missing', async () => {
    const { page, parts } = await openSlowPage();
    await start(page);
    await page.waitForFunction('window.sent > 0');

    await page.reload();
    await page.waitForFunction('window.isLoaded');
    parts.count = 0;
    const upload = (await page.evaluate('localStorage.upload')) as string;
    await start(page, upload);
    const job = await printOf(page);

    expect(await page.evaluate('done')).toBe(upload);
    expect(job.summary).toBe('printed');
    expect(parts.count).toBeGreaterThan(0);
    expect(parts.count).toBeLessThan(5);
    await page.close();
  });

  it('goes on after seconds without a network', async () => {
    const before = printed(machine).length;
    const { page, session } = await openSlowPage();
    await start(page);
    await page.waitForFunction('window.sent > 0');

    await setLine(session, true);
    const failed = new Promise(resolve => page.once('requestfailed', resolve));
    await failed;
    await setLine(session, false);
    const job = await printOf(page);

    expect(job.octets).toBe(40_000_000);
    await until(() => printed(machine).length === before + 1);
    await page.close();
  });
});
