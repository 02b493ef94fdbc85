import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openContext, violationsOf } from '../../doubles/console-browser.ts';
import { Machine } from '../../doubles/machine.ts';

const views = [
  'jobs',
  'print',
  'printers',
  'printers/office:folder',
  'places',
  'events',
  'webhooks',
  'keys',
  'health',
  'nowhere',
];

const looks = [
  { width: 1280, colorScheme: 'light', forcedColors: 'none' },
  { width: 1280, colorScheme: 'dark', forcedColors: 'none' },
  { width: 1280, colorScheme: 'light', forcedColors: 'active' },
  { width: 320, colorScheme: 'light', forcedColors: 'none' },
] as const;

const stopsAtMost = 200;

interface Stop {
  id: string;
  name: string;
  outline: string;
  /** nothing covers its middle */
  isOnTop: boolean;
}

/** Numbers what a person can act on, but for members of a group that has one stop. */
const controls = `[...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
  .filter(one => !one.disabled && one.checkVisibility({ visibilityProperty: true }) && (one.type !== 'radio' || one.checked))
  .map((one, index) => (one.dataset.stop = 'control ' + index + ': ' + one.outerHTML.slice(0, 200)))`;

/** Where the focus is; null outside of the page. */
const focused = `(() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  // a field that only screen readers see is shown by its label
  const shown = one.classList.contains('unseen') ? one.labels[0] : one;
  const { left, top, width, height } = shown.getClientRects()[0];
  const over = document.elementFromPoint(left + width / 2, top + height / 2);
  const { outlineWidth, outlineStyle } = getComputedStyle(shown);
  const labels = [...(one.labels ?? [])].map(label => label.textContent);
  return {
    id: one.dataset.stop ?? one.outerHTML.slice(0, 200),
    name: [one.getAttribute('aria-label'), one.textContent, ...labels].join(' '),
    outline: outlineWidth + ' ' + outlineStyle,
    isOnTop: shown === over || shown.contains(over),
  };
})()`;

describe('the console', () => {
  let machine: Machine;
  let browser: Browser;
  const foreign: string[] = [];
  beforeAll(async () => {
    machine = await Machine.make();
    [, browser] = await Promise.all([machine.start(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await machine.remove();
  });

  const open = () => openContext(browser, machine.facts.endpoint, foreign);
  const visit = (page: Page, view: string) => page.goto(`${machine.facts.endpoint}/console/${view}`);

  async function signedIn(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await visit(page, '');
    await page.getByLabel('Key').fill(machine.facts.key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    return page;
  }

  it('signs in once with the address that npm start prints, and prints the first page with one click', async () => {
    const address = /http\S+\/console\/#code=\S+/.exec(machine.output)?.[0] ?? '';
    const context = await open();
    const page = await context.newPage();

    await page.goto(address);
    await page.getByRole('button', { name: 'Print a test page on office:folder' }).click();
    await page.getByRole('heading', { level: 1, name: 'Test page' }).waitFor();
    await page.getByText('Printed', { exact: true }).first().waitFor();

    expect(page.url()).toMatch(/\/console\/jobs\/[0-9a-f]{32}$/);
    await context.close();
    const other = await open();
    const late = await other.newPage();
    await late.goto(address);
    await late.getByText('This sign-in address was used before').waitFor();
    await other.close();
  });

  it('sends browsers from / to itself, and programs to the API', async () => {
    const { endpoint } = machine.facts;

    const asBrowser = await fetch(`${endpoint}/`, { headers: { accept: 'text/html' }, redirect: 'manual' });
    const asProgram = await fetch(`${endpoint}/`, { redirect: 'manual' });

    expect([asBrowser.status, asBrowser.headers.get('location')]).toEqual([302, '/console/']);
    expect(asProgram.status).toBe(404);
  });

  it('refuses a wrong key with words, and keeps no session', async () => {
    const context = await open();
    const page = await context.newPage();
    await visit(page, 'keys');

    await page.getByLabel('Key').fill('not-a-key');
    await page.getByRole('button', { name: 'Sign in' }).click();

    await page.getByText('This key is not known here').waitFor();
    expect(await page.evaluate('JSON.stringify([sessionStorage, localStorage])')).toBe('[{},{}]');
    await context.close();
  });

  describe('has no violation of WCAG 2.2 AA in light, dark, forced colours and at 320 pixels', () => {
    let page: Page;
    beforeAll(async () => {
      page = await signedIn(await open());
    });

    it.each([...views, 'jobs/{job}', 'shared#{token}', 'shared#nothing'])('%s', async view => {
      const { job, token } = await shareNewest();
      await page.setViewportSize({ width: 1280, height: 900 });
      await visit(page, view.replace('{job}', job).replace('{token}', token));
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('.pending').waitFor({ state: 'detached' });
      expect(await page.locator('h1').count()).toBe(1);

      for (const { width, ...media } of looks) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia(media);
        expect({ width, media, violations: await violationsOf(page) }).toMatchObject({ violations: [] });
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      }
    });
  });

  describe('leads with Tab to every control, which has a name, an outline, and nothing over it', () => {
    let page: Page;
    beforeAll(async () => {
      page = await signedIn(await open());
    });

    it.each([...views, 'jobs/{job}', 'shared#{token}'])('%s', async view => {
      const { job, token } = await shareNewest();
      await visit(page, view.replace('{job}', job).replace('{token}', token));
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('.pending').waitFor({ state: 'detached' });

      const missed = new Set((await page.evaluate(controls)) as string[]);
      for (let stops = 0; stops < stopsAtMost; stops++) {
        await page.keyboard.press('Tab');
        const stop = (await page.evaluate(focused)) as Stop | null;
        if (!stop) break;
        expect(stop).toMatchObject({
          name: expect.stringMatching(/\S/),
          outline: expect.stringMatching(/^[2-9]px (?!none)/),
        });
        expect({ ...stop, isOnTop: true }).toEqual(stop);
        missed.delete(stop.id);
      }

      expect([...missed]).toEqual([]);
    });
  });

  /** The newest job, and the token of a link to it. */
  async function shareNewest(): Promise<{ job: string; token: string }> {
    const { jobs } = (await (await machine.call('GET', '/platen/v1/jobs')).json()) as { jobs: { id: string }[] };
    const job = jobs[0]?.id ?? '';
    const { token } = (await (await machine.call('POST', `/platen/v1/jobs/${job}/share`)).json()) as { token: string };
    return { job, token };
  }

  it('asked no other host for anything', () => {
    expect(foreign).toEqual([]);
  });
});
