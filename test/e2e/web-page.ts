import { once } from 'node:events';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { until } from '../../doubles/machine.ts';
import { unpackChromium } from '../../shared/adapters/convert/browser/chromium.ts';

/** The project's browser, with its downloads in a folder. */
export async function openBrowser(folder: string): Promise<Browser> {
  const { executable, environment } = await unpackChromium();
  const browser = await puppeteer.launch({
    executablePath: executable,
    headless: 'shell',
    args: ['--no-sandbox', '--disable-gpu'],
    // names of files on disk use the encoding of the locale
    env: { ...environment, HOME: folder, PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
    pipe: true,
  });
  const session = await browser.target().createCDPSession();
  await mkdir(downloadsOf(folder), { recursive: true });
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloadsOf(folder) });
  return browser;
}

const downloadsOf = (folder: string) => join(folder, 'downloads');

/** The next download and its name; removes it from the folder. */
export async function nextDownload(folder: string): Promise<{ name: string; bytes: Uint8Array }> {
  const name = await until(async () => {
    const names = await readdir(downloadsOf(folder));
    return names.find(found => !found.endsWith('.crdownload'));
  });
  const path = join(downloadsOf(folder), name);
  const bytes = await readFile(path);
  await rm(path);
  return { name, bytes };
}

/** A web server of another origin than the service. */
export async function openSite(serve: RequestListener): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A page that reports its errors. */
export async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', error => console.error('in the page:', error));
  await page.goto(url);
  return page;
}
