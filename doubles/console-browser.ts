import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { unpackChromium } from '../shared/adapters/convert/browser/chromium.ts';

/** The browser of the conversions, driven as a person would. */

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** This browser ended at its start once in about forty times, by a segmentation fault, on a busy machine. */
const launchesAtMost = 3;

export async function launchBrowser(): Promise<Browser> {
  const { executable, environment } = await unpackChromium();
  // root has no sandbox, and this page is our own
  const options = {
    executablePath: executable,
    env: { ...environment },
    chromiumSandbox: false,
    args: ['--disable-gpu'],
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await chromium.launch(options);
    } catch (error) {
      if (attempt === launchesAtMost) throw error;
    }
  }
}

/** A person's own browser window. Requests to other hosts than the machine's are noted in `foreign`. */
export async function openContext(browser: Browser, endpoint: string, foreign: string[]): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    // the policy of the page forbids scripts of others, and axe is one
    bypassCSP: true,
  });
  context.on('request', request => {
    const { origin, protocol } = new URL(request.url());
    if (/^https?:$/.test(protocol) && origin !== endpoint) foreign.push(request.url());
  });
  return context;
}

/** Violations of WCAG 2.2 AA that axe finds, as sentences. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(
    tags => (globalThis as unknown as { axe: Axe }).axe.run({ runOnly: tags, resultTypes: ['violations'] }),
    axeTags,
  );
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}

interface Axe {
  run(options: object): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>;
}
