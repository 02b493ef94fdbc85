import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openContext } from '../../doubles/console-browser.ts';
import { type FaultySite, openFaultySite, seededFaults } from '../../doubles/faults/faulty-site.ts';

describe('the page of a job names its cause when', () => {
  let site: FaultySite;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    [site, browser] = await Promise.all([openFaultySite(), launchBrowser()]);
    const { machine } = site;
    page = await (await openContext(browser, machine.facts.endpoint, [])).newPage();
    await page.goto(`${machine.facts.endpoint}/console/`);
    await page.getByLabel('Key').fill(machine.facts.key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await site.close();
  });

  it.each(seededFaults)('%s', async (_fault, job, words) => {
    const id = await site.submit(job);

    await page.goto(`${site.machine.facts.endpoint}/console/jobs/${id}`);
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
