import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openContext } from '../../doubles/console-browser.ts';
import { Machine, until } from '../../doubles/machine.ts';
import { type SocketSink, startSocketSink } from '../../doubles/socket-sink.ts';
import { storePrintedJobs } from '../../doubles/stored-jobs.ts';
import { enrol } from '../../relay/enrol.ts';
import { findDataFolder } from '../../relay/settings.ts';

const stopsAtMost = 100;
const partOctets = 8 * 1024 * 1024;
const names = ['<img src=x onerror=alert(1)>', 'שלום עולם.pdf', '🎉'.repeat(60), 'x'.repeat(255), '"\'&amp;{{7*7}}'];

describe('tasks in the console', () => {
  let machine: Machine;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let sink: SocketSink;
  const foreign: string[] = [];
  const dialogs: string[] = [];
  beforeAll(async () => {
    sink = await startSocketSink({ traps: { resetsAfterOctets: 1000 } });
    const label = `label=socket://127.0.0.1:${sink.port}`;
    machine = await Machine.make(['--port', String(await freePort()), '--printer', label]);
    await storePrintedJobs(machine.data, 10_000);
    [, browser] = await Promise.all([machine.start(), launchBrowser()]);
    context = await openContext(browser, machine.facts.endpoint, foreign);
    page = await signedIn(machine.facts.key);
  });
  afterAll(async () => {
    await browser?.close();
    await machine.remove();
    await sink.stop();
  });

  const visit = (view: string) => page.goto(`${machine.facts.endpoint}/console/${view}`);
  const heading = (name: string) => page.getByRole('heading', { level: 1, name, exact: true });
  const click = (name: string | RegExp, within: Page | Locator = page) => within.getByRole('button', { name }).click();

  async function signedIn(key: string): Promise<Page> {
    const made = await context.newPage();
    made.on('dialog', dialog => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await made.goto(`${machine.facts.endpoint}/console/`);
    await made.getByLabel('Key').fill(key);
    await made.getByRole('button', { name: 'Sign in' }).click();
    await made.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    return made;
  }

  async function post<T>(path: string, body: object, method = 'POST'): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return (await (await machine.call(method, `/platen/v1${path}`, JSON.stringify(body), headers)).json()) as T;
  }
  const submit = async (printer: string, name: string, octets = 'hello') => {
    const document = { base64: Buffer.from(octets).toString('base64') };
    return (await post<{ jobs: { id: string }[] }>('/jobs', { printer, name, document })).jobs[0]?.id as string;
  };

  it('shows the newest fifty of 10,000 jobs and the older ones page by page', async () => {
    await page.getByRole('link', { name: 'stored 0', exact: true }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(50);

    await click('Older');
    await page.getByRole('link', { name: 'stored 50', exact: true }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'stored 99', exact: true }).waitFor();

    expect(await page.locator('tbody tr').count()).toBe(50);
    await page.getByLabel('Name contains').fill('stored 1999');
    await click('Search older jobs');
    await page.getByRole('link', { name: 'stored 1999', exact: true }).waitFor();
    expect(page.url()).toContain('text=stored+1999');
  });

  it('prints a chosen file, and watches it to paper without a reload', async () => {
    await visit('print?printer=office:folder');
    const file = { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear reader') };
    await page.getByLabel('Drop files here, or choose them').setInputFiles(file);
    await page.getByText('plain text', { exact: true }).waitFor();
    await click('Print on folder');

    await page.getByLabel('Sent from here').getByText('Printed').waitFor();
    await page.getByRole('link', { name: 'office:folder' }).first().click();
    await heading('letter.txt').waitFor();
    expect(await page.evaluate('performance.getEntriesByType("navigation").length')).toBe(1);
  });

  it('shows the first page of HTML before it is printed', async () => {
    await visit('print?printer=office:folder');
    await page.getByText('HTML', { exact: true }).click();
    await page.getByLabel('HTML', { exact: true }).last().fill('<h1>Dear reader</h1>');
    await click('Show the first page');
    await page.getByAltText('Page 1 of the document').waitFor();

    await page.getByLabel('HTML', { exact: true }).last().fill('<h1>Dear writer</h1>');
    await page.getByRole('button', { name: 'Show the first page' }).waitFor();

    expect(await page.getByAltText('Page 1 of the document').count()).toBe(0);
  });

  it('saves a file that a job made', async () => {
    const document = { html: '<p>Dear reader' };
    const made = await post<{ jobs: { id: string }[] }>('/jobs', { output: { fileName: 'letter.pdf' }, document });
    await visit(`jobs/${made.jobs[0]?.id}`);
    await page.getByText('Ready', { exact: true }).first().waitFor();

    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download the file' }).press('Enter');
    const saved = await saving;

    expect(saved.suggestedFilename()).toBe('letter.pdf');
    expect((await readFile(await saved.path())).subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('shows hostile names as text', async () => {
    for (const name of names) await submit('office:folder', name);
    await visit('jobs');

    for (const name of names) await page.getByRole('link', { name, exact: true }).waitFor();
    await page.getByRole('link', { name: names[0] as string, exact: true }).click();
    await heading(names[0] as string).waitFor();
    await page.getByText('Full history').click();

    expect(dialogs).toEqual([]);
    expect(await page.locator('main img[src="x"]').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  });

  it('leads from "Needs a decision" to the end of a job that may have printed', async () => {
    const id = await submit('office:label', 'torn label', 'x'.repeat(100_000));
    await until(() => isUnconfirmed(id));
    await visit('jobs');

    await page.getByRole('link', { name: /Needs a decision: 1/ }).click();
    await page.getByRole('link', { name: 'torn label' }).click();
    await page.getByText('It may have printed').first().waitFor();
    await click('It printed');
    await click('Yes, it printed');

    await page.getByText('The key “first key” says so.').waitFor();
    expect(await (await machine.call('GET', `/platen/v1/jobs/${id}`)).json()).toMatchObject({ state: 'completed' });
  });

  it('shares a job with a person who has no key, and shows no more than where it is', async () => {
    await submit('office:folder', 'pay slip of Ada');
    await visit('jobs');
    await page.getByRole('link', { name: 'pay slip of Ada' }).press('Enter');
    await heading('pay slip of Ada').waitFor();
    await page.getByRole('button', { name: 'Share' }).press('Enter');
    const link = (await page.getByRole('dialog').locator('code').textContent()) as string;
    await click('Done');

    const stranger = await openContext(browser, machine.facts.endpoint, foreign);
    const shown = await stranger.newPage();
    await shown.goto(link);
    await shown.getByRole('heading', { level: 1, name: 'pay slip of Ada' }).waitFor();
    await shown.getByLabel('Where this job is').getByText('Printed').waitFor();

    expect(await shown.getByRole('link').or(shown.getByRole('button')).or(shown.getByRole('img')).count()).toBe(0);
    expect(await shown.evaluate('JSON.stringify([sessionStorage, localStorage])')).toBe('[{},{}]');
    await shown.goto(link.replace(/#.*/, '#nothing'));
    await shown.getByRole('heading', { name: 'This link shows nothing' }).waitFor();
    await stranger.close();
  });

  async function isUnconfirmed(id: string): Promise<boolean> {
    const job = (await (await machine.call('GET', `/platen/v1/jobs/${id}`)).json()) as { reasons: string[] };
    return job.reasons[0] === 'delivery-unconfirmed';
  }

  it('cancels several jobs at once, by keyboard alone', { retry: 0 }, async () => {
    await post('/locations/branch', {}, 'PUT');
    await post('/printers/branch:desk', { active: true }, 'PATCH');
    for (const name of ['first', 'second']) await submit('branch:desk', name);
    await visit('jobs?printer=branch:desk&state=active');
    await page.getByRole('link', { name: 'second' }).waitFor();

    await page.getByLabel('Mark all jobs of this page').press('Space');
    await page.getByRole('button', { name: 'Cancel 2' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    // both keys within a frame: Escape gives the focus back to the button, and Enter presses it again
    await Promise.all([page.keyboard.press('Escape'), page.keyboard.press('Enter')]);
    await page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.getByRole('dialog').waitFor();
    const focused = () => page.evaluate('document.activeElement.textContent');
    expect(await focused()).toBe('Go back');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Cancel 2 jobs');
    await page.keyboard.press('Enter');

    await page.locator('.outcome').getByText('2 jobs cancelled.').waitFor();
    await page.getByRole('link', { name: 'second' }).waitFor({ state: 'detached' });
  });

  it('prints a file, watches it and shares it, by keyboard alone', async () => {
    const hasFocus = async (target: Locator) => (await target.and(page.locator(':focus')).count()) > 0;
    const press = async (key: string, target: Locator) => {
      await target.waitFor();
      for (let stops = 0; !(await hasFocus(target)); stops++) {
        if (stops > stopsAtMost) throw new Error(`${target} is not reached by Tab.`);
        await page.keyboard.press('Tab');
      }
      await page.keyboard.press(key);
    };
    const sendings = page.getByLabel('Sent from here');
    await visit('jobs');
    await press('Enter', page.getByRole('navigation').getByRole('link', { name: 'Print', exact: true }));
    const choosing = page.waitForEvent('filechooser');
    await press('Enter', page.getByLabel('Drop files here, or choose them'));
    const file = { name: 'by keyboard.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear reader') };
    await (await choosing).setFiles(file);
    await press('Space', page.getByRole('checkbox', { name: /office:folder/ }));
    await page.getByText('plain text', { exact: true }).waitFor();
    await press('Enter', page.getByRole('button', { name: 'Print on folder' }));
    await sendings.getByText('Printed').waitFor();
    await press('Enter', sendings.getByRole('link', { name: 'office:folder' }));
    await heading('by keyboard.txt').waitFor();

    const share = page.getByRole('button', { name: 'Share' });
    await press('Enter', share);
    await page.getByRole('dialog').getByText('without a key').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    expect(await hasFocus(share)).toBe(true);
  });

  it('begins at the heading of each page, and offers to skip to the content', async () => {
    await visit('jobs');
    await heading('Jobs').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');

    await page.getByRole('navigation').getByRole('link', { name: 'Printers' }).press('Enter');
    await heading('Printers').waitFor();

    expect(await page.evaluate('document.activeElement.textContent')).toBe('Printers');
    expect(await page.title()).toBe('Printers - Platen');
  });

  it('continues an upload of 120 MB after a pause and after a reload, with the parts that are missing', async () => {
    const file = join(machine.data, 'big.bin');
    await writeFile(file, randomBytes(15 * partOctets));
    let sent = 0;
    let allowed = 1;
    await page.route('**/storage/**', async route => {
      sent += 1;
      if (sent <= allowed) await route.continue();
    });
    const go = async (parts: number, button: string) => {
      sent = 0;
      allowed = parts;
      await click(button);
    };
    const sendings = page.getByLabel('Sent from here');
    await visit('print?printer=office:folder');
    await page.getByLabel('Drop files here, or choose them').setInputFiles(file);
    await go(1, 'Print on folder');
    await sendings.getByText(/^8\.4 MB of 126 MB/).waitFor();

    await click('Pause', sendings);
    await sendings.getByText('Paused at 8.4 MB of 126 MB.').waitFor();
    await go(2, 'Continue');
    await sendings.getByText(/^25\.2 MB of 126 MB/).waitFor();

    await page.reload();
    await page.getByText('was interrupted. Choose the same file').waitFor();
    await page.unroute('**/storage/**');
    let rest = 0;
    page.on('request', request => {
      if (request.method() === 'PUT' && request.url().includes('/storage/')) rest += 1;
    });
    await page.getByLabel('Drop files here, or choose them').setInputFiles(file);
    await click('Print on folder');
    await sendings.getByText('Printed').waitFor();

    expect(rest).toBe(15 - 3);
  });

  it('makes a key, shows its secret once, and hides from it what it may not do', async () => {
    await visit('keys');
    await page.getByText('Make a new key').click();
    await page.getByLabel('Who or what uses it').fill('Front desk');
    await click('Make the key');
    const secret = (await page.getByRole('dialog').locator('code').textContent()) as string;
    await click('I have kept it');
    await page.getByRole('cell', { name: 'Front desk' }).waitFor();

    const other = await context.newPage();
    await other.goto(`${machine.facts.endpoint}/console/places`);
    await other.getByLabel('Key').fill(secret);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await other.getByRole('heading', { name: 'Office' }).waitFor();

    expect(await other.getByRole('link', { name: 'Keys' }).count()).toBe(0);
    expect(await other.getByRole('button', { name: /relay/i }).count()).toBe(0);
    expect(await page.content()).not.toContain(secret);
    await other.close();
  });

  it('shows what happened, and what happens meanwhile', async () => {
    await visit('events');
    await page.getByRole('cell', { name: /^Job/ }).first().waitFor();

    await post('/printers/branch:desk', { active: true }, 'PATCH');
    await submit('branch:desk', 'just now');
    await page.getByRole('link', { name: 'just now' }).first().waitFor();

    await page.getByRole('link', { name: 'just now' }).first().click();
    await heading('just now').waitFor();
  });

  it('makes a webhook, and shows its secret once', async () => {
    await visit('webhooks');
    await page.getByText('Make a new webhook').click();
    await page.getByLabel('Address that is called').fill('https://receiver.example.com/platen');
    await click('Make the webhook');
    const secret = (await page.getByRole('dialog').locator('code').textContent()) as string;
    await click('I have kept it');
    await page.getByRole('heading', { name: 'https://receiver.example.com/platen' }).waitFor();

    expect(secret).toMatch(/^whsec_/);
    expect(await page.content()).not.toContain(secret);
  });

  it('sends events again from one on, after it has said how many', async () => {
    const hook = await post<{ id: string }>('/webhooks', {
      url: 'https://receiver.example.com/again',
      types: ['job.*'],
    });
    await visit('events');
    await page
      .getByRole('link', { name: /^Send again/ })
      .first()
      .press('Enter');
    const card = page.getByRole('listitem').filter({ hasText: 'receiver.example.com/again' });
    await card.getByLabel('From event number').fill('');
    await click('Count the events', card);
    await card.getByText('Give the number of an event, or a time.').waitFor();
    await card.getByLabel('From event number').fill('1');
    await card.getByLabel('From event number').press('Enter');

    const { events } = await post<{ events: number }>(`/webhooks/${hook.id}/replays`, { from: 1, dryRun: true });
    await click(`Send ${events} events`);
    await card.getByText(new RegExp(`of ${events} events delivered again`)).waitFor();
    await click('Stop', card);
    await card.getByText(`of ${events} events delivered again`).waitFor();

    expect(events).toBeGreaterThan(10);
  });

  it('says when a key was used last before it is revoked', async () => {
    const { key } = await post<{ key: string }>('/keys', { name: 'old till', scopes: ['read'] });
    await fetch(`${machine.facts.endpoint}/platen/v1/jobs`, { headers: { authorization: `Bearer ${key}` } });
    await visit('keys');
    await page
      .getByRole('row', { name: /old till/ })
      .getByRole('button', { name: 'Revoke' })
      .press('Enter');
    await page.getByRole('dialog').getByText('within the last hour').waitFor();
    await click('Revoke the key');
    await page.getByRole('cell', { name: 'old till' }).waitFor({ state: 'detached' });

    const answer = await fetch(`${machine.facts.endpoint}/platen/v1/jobs`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(answer.status).toBe(401);
  });

  it('says of a printer that cannot be asked what it accepted last', async () => {
    await visit('printers/office:label');
    const truth = page.locator('.truth');
    await truth.getByText('It cannot be asked how it is').waitFor();
    expect(await truth.getByText('It took a job').count()).toBe(0);

    sink.traps.resetsAfterOctets = undefined;
    await submit('office:label', 'whole label', 'x'.repeat(100));
    await visit('printers');
    const card = page.getByRole('listitem').filter({ hasText: 'office:label' });
    await card.getByText(/It took a job at/).waitFor();
    await card.getByText('Unknown').waitFor();
  });

  it('shows the health of the server', async () => {
    await visit('health');
    const database = page.getByRole('listitem').filter({ hasText: 'Database' });

    await database.getByText('Ok', { exact: true }).waitFor();
    await page.getByText(/^Platen \d/).waitFor();
  });

  it('gives the line that enrols a relay at a new place', async () => {
    await visit('places');
    await page.getByLabel('Short id').fill('lyon');
    await click('Make the place');
    const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'lyon' }) });
    await card.getByRole('button', { name: 'Connect a relay' }).click();

    const line = await page.getByRole('dialog').locator('code').last().textContent();
    expect(line).toMatch(new RegExp(`--enrol ${machine.facts.endpoint} --code \\S+ --printer`));
    await click('Done');
  });

  it('gives the line that enrols a standby, and shows it beside the active relay', async () => {
    await visit('places');
    const card = page.getByRole('listitem').filter({ has: page.getByText('Add a standby') });
    await card.getByRole('button', { name: 'Add a standby' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/It prints when the present relay has been offline/).waitFor();
    const line = (await dialog.locator('code').last().textContent()) ?? '';
    await click('Done');

    const [, code = ''] = /--code (\S+)/.exec(line) ?? [];
    await enrol(await findDataFolder(join(machine.data, 'standby')), machine.facts.endpoint, code, () => undefined);

    await visit('places');
    await page.getByText(/^Relay \w{8}, active, online, active since /).waitFor();
    await page.getByText(/^Relay \w{8}, standby, offline, standby since /).waitFor();
  });

  it('says of a job of another company, or of none, that it does not exist', async () => {
    await visit(`jobs/${'f'.repeat(32)}`);

    await heading('No such job').waitFor();
  });

  it('says that it reconnects while the network is off, and continues by itself', async () => {
    await visit('printers');
    const folder = page.getByRole('listitem').filter({ hasText: 'office:folder' });
    await folder.getByText('Ready').waitFor();

    await context.setOffline(true);
    await page.getByText(/Reconnecting for/).waitFor();
    await folder.getByText('Unknown').waitFor();
    await context.setOffline(false);

    await page.getByText('Live', { exact: true }).waitFor();
    await folder.getByText('Ready').waitFor();
  });

  it('says since when it is without news, and calls nothing ready, while the server is dead', async () => {
    await visit('printers');
    const folder = page.getByRole('listitem').filter({ hasText: 'office:folder' });
    await folder.getByText('Ready').waitFor();

    await machine.end('SIGKILL');
    await page.getByText(/Reconnecting for/).waitFor();
    await folder.getByText('Unknown').waitFor();

    expect(await page.getByText('Platen does not answer.').count()).toBe(1);
    expect(await folder.getByText('Ready').count()).toBe(0);
    await machine.start();
    await page.getByText('Live', { exact: true }).waitFor();
    await folder.getByText('Ready').waitFor();
  });

  it('asked no other host for anything', () => {
    expect(foreign).toEqual([]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
