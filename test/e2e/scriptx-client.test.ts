import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PageSizes, PDFDocument } from '@cantoo/pdf-lib';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';
import { textOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';
import { nextDownload, openBrowser, openPage, openSite } from './web-page.ts';

/*
 * The vendor's client, unchanged, in a browser on a page of another origin, against a server in its own process: the
 * test does not use the wire format.
 */

const { resolve } = createRequire(import.meta.url);
const client = readFileSync(resolve('scriptxprint-html'));
const jquery = readFileSync(resolve('jquery'));
let threePages: Buffer;

const invoice = (scripts: string) => `<!DOCTYPE html>
<html><head><title>Invoice 4711</title><style>section { break-before: page }</style>${scripts}</head>
<body><h1>Invoice</h1><p>Für Zoë &amp; Söhne, 漢字</p><input type="text" id="name"><section>Second page</section></body></html>`;

async function pdfOfPages(count: number): Promise<Buffer> {
  const document = await PDFDocument.create();
  for (let number = 1; number <= count; number++) document.addPage(PageSizes.A4).drawText(`page ${number}`);
  return Buffer.from(await document.save());
}

/** Used by the pages and the documents that the service fetches. */
function serve({ url = '/', headers }: IncomingMessage, response: ServerResponse): void {
  const script = (source: string, attributes = '') => `<script src="${source}" ${attributes}></script>`;
  const { searchParams } = new URL(url, 'http://site');
  const connection = `data-meadco-server="${searchParams.get('server')}" data-meadco-subscription="${searchParams.get('key')}"`;
  const pages: Record<string, string> = {
    '/fetch': invoice(script('/client.js')),
    '/jquery': invoice(script('/jquery.js') + script('/client.js')),
    '/classic': invoice(script('/jquery.js') + script('/client.js', connection)),
    '/secret': `<title>Secret</title><p>cookie ${headers.cookie ?? 'missing'}</p>`,
  };
  const files: Record<string, Buffer> = { '/client.js': client, '/jquery.js': jquery, '/three.pdf': threePages };
  const [path = ''] = url.split('?');
  if (path === '/never') return;
  const page = pages[path];
  if (page) response.setHeader('content-type', 'text/html; charset=utf-8');
  response.statusCode = page || files[path] ? 200 : 404;
  response.end(page ?? files[path]);
}

interface Outcome {
  /** what the client reports at the end: null is success */
  error: string | null;
  progress: number[];
  messages: string[];
  reported: string[];
}

/** Runs `start` in the page, with the last two arguments of the client's print functions. */
async function print(page: Page, start: string): Promise<Outcome> {
  return (await page.evaluate(
    `new Promise(resolve => {
      const outcome = { progress: [], messages: [], reported: [] };
      MeadCo.ScriptX.Print.reportServerError = text => outcome.reported.push(String(text));
      const done = error => resolve({ ...outcome, error });
      const onProgress = (status, message) => {
        outcome.progress.push(status);
        if (message) outcome.messages.push(message);
      };
      const { HTML, PDF } = MeadCo.ScriptX.Print;
      ${start}
    })`,
  )) as Promise<Outcome>;
}

describe.each(['fetch', 'jquery'])('the client of ScriptX.Services over %s', transport => {
  let machine: Machine;
  let folder: string;
  let browser: Browser;
  let site: Awaited<ReturnType<typeof openSite>>;
  let page: Page;

  const server = () => JSON.stringify(machine.facts.endpoint);
  const connect = (key: string) =>
    page.evaluate(
      `new Promise((resolve, reject) => MeadCo.ScriptX.Print.HTML.connectAsync(${server()}, ${JSON.stringify(key)},
        resolve, reason => reject(new Error(String(reason)))))`,
    ) as Promise<{ printerName: string; isDefault: boolean }>;

  beforeAll(async () => {
    threePages = await pdfOfPages(3);
    site = await openSite(serve);
    machine = await Machine.make(['--allow-fetch', new URL(site.origin).host]);
    folder = await mkdtemp(join(tmpdir(), 'platen-browser-user-'));
    const [facts] = await Promise.all([machine.start(), openBrowser(folder).then(opened => (browser = opened))]);
    page = await openPage(browser, `${site.origin}/${transport}`);
    await connect(`{${facts.key.toUpperCase()}}`);
  });
  afterAll(async () => {
    await browser.close();
    await machine.remove();
    await site.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('uses the transport under test', async () => {
    expect(await page.evaluate('MeadCo.fetchEnabled')).toBe(transport === 'fetch');
  });

  it('connects, finds the default printer and those of the relay, and reads the service and the licence', async () => {
    const names = await page.evaluate('MeadCo.ScriptX.Print.availablePrinterNames');
    const current = await page.evaluate('MeadCo.ScriptX.Print.printerName');
    const description = await page.evaluate('MeadCo.ScriptX.Print.waitableServiceDescription()');
    const licence = await page.evaluate(
      'new Promise((resolve, reject) => MeadCo.ScriptX.Print.Licensing.GetLicenseAsync(resolve, reject))',
    );

    expect(names).toEqual(['Platen PDF', 'office:folder']);
    expect(current).toBe('Platen PDF');
    expect(description).toMatchObject({ currentAPIVersion: 'v1', printHTML: true, printPDF: true });
    expect(licence).toMatchObject({ guid: machine.facts.key, options: { advancedPrinting: true, printPdf: true } });
  });

  it('prints the current page to a file, and downloads it under its name', async () => {
    await page.type('#name', 'typed in');
    const outcome = await print(
      page,
      `HTML.settings.header = '&w&bpage &p of &P'; HTML.settings.footer = '&&&d';
       MeadCo.ScriptX.Print.jobFileName = 'Rechnung für Zoë.pdf'; HTML.printDocument(done, onProgress);`,
    );
    const { name, bytes } = await nextDownload(folder);
    const text = await textOfPdf(bytes);

    expect(outcome).toMatchObject({ error: null, reported: [] });
    expect(outcome.progress.at(-1)).toBe(6);
    expect(name).toBe('Rechnung für Zoë.pdf');
    expect(text).toHaveLength(2);
    expect(text[0]).toContain('Für Zoë & Söhne, 漢字');
    expect(text[0]).toContain('typed in');
    expect(text[1]).toContain('Second page');
    expect(text[1]).toContain('Invoice 4711');
    expect(text[1]).toContain('page 2 of 2');
    expect(page.url()).toBe(`${site.origin}/${transport}`);
  });

  it('prints a page by its address, with the cookies that protect it', async () => {
    const outcome = await print(
      page,
      `MeadCo.ScriptX.Print.authorisationCookie = 'session=s3cret|tenant=7';
       HTML.printFromUrl('${site.origin}/secret', done, onProgress);`,
    );
    const text = await textOfPdf((await nextDownload(folder)).bytes);

    expect(outcome).toMatchObject({ error: null, reported: [] });
    expect(text.join()).toContain('session=s3cret; tenant=7');
  });

  it('prints chosen pages of a PDF by its address', async () => {
    const outcome = await print(
      page,
      `PDF.settings.pageRange = '2-3'; PDF.print('${site.origin}/three.pdf', done, onProgress);`,
    );
    const text = await textOfPdf((await nextDownload(folder)).bytes);

    expect(outcome).toMatchObject({ error: null, reported: [] });
    expect(text.map(page => page.trim())).toEqual(['page 2', 'page 3']);
  });

  it('prints a PDF sent with the request', async () => {
    const outcome = await print(
      page,
      `PDF.resetSettings(); PDF.print('data:application/pdf;base64,${threePages.toString('base64')}', done, onProgress);`,
    );
    const text = await textOfPdf((await nextDownload(folder)).bytes);

    expect(outcome).toMatchObject({ error: null, reported: [] });
    expect(text).toHaveLength(3);
  });

  it("prints to a relay's printer, and downloads nothing", async () => {
    await page.evaluate(
      `new Promise((resolve, reject) => MeadCo.ScriptX.Print.deviceSettingsForAsync('office:folder', resolve, reject))
        .then(({ printerName }) => { MeadCo.ScriptX.Print.printerName = printerName; })`,
    );
    const outcome = await print(page, `HTML.printHtml('<title>x</title><p>on paper', done, onProgress);`);
    const printed = await until(async () => (await readdir(join(machine.data, 'printed')))[0]);
    const text = await textOfPdf(await readFile(join(machine.data, 'printed', printed)));

    expect(outcome).toMatchObject({ error: null, reported: [] });
    expect(outcome.progress.at(-1)).toBe(6);
    expect(text.join()).toContain('on paper');
    await page.evaluate(`MeadCo.ScriptX.Print.printerName = 'Platen PDF'`);
  });

  it('cancels a job whose page never loads', async () => {
    const printing = print(
      page,
      `MeadCo.ScriptX.Print.authorisationCookie = ''; HTML.printFromUrl('${site.origin}/never', done, onProgress);`,
    );
    await page.waitForFunction('MeadCo.ScriptX.Print.queue.some(job => job.status === 3)');
    const status = await page.evaluate(
      `new Promise((resolve, reject) => {
        const { jobIdentifier } = MeadCo.ScriptX.Print.queue.find(job => job.status === 3);
        MeadCo.ScriptX.Print.requestService('v1/printHtml/canceljob/' + jobIdentifier, 'PUT', null, true, true,
          resolve, reject);
      })`,
    );
    const outcome = await printing;

    expect(status).toMatchObject({ status: -2 });
    expect(outcome.progress.at(-1)).toBe(-2);
    expect(outcome.error).toBe('Server error');
    expect(outcome.messages).toEqual(['The job was canceled.']);
  });

  it.each([
    ['a page that is not there', `HTML.printFromUrl('SITE/nothing', done, onProgress)`, /error: 404/],
    ['a private address', `HTML.printFromUrl('http://10.1.2.3/', done, onProgress)`, /private/],
    ['a file of the server', `HTML.printFromUrl('file:///etc/passwd', done, onProgress)`, /not an http or https URL/],
    ['a web page for a PDF', `PDF.print('SITE/secret', done, onProgress)`, /PDF/],
    ['pages that do not exist', `PDF.settings.pageRange = '9'; PDF.print('SITE/three.pdf', done, onProgress)`, /pages/],
    ['a page range without sense', `HTML.settings.pageRange = 'x'; HTML.printHtml('x', done, onProgress)`, /range/],
  ])('reports what is wrong with %s', async (_title, start, message) => {
    const outcome = await print(page, start.replace('SITE', site.origin));

    expect(outcome.error).not.toBeNull();
    expect(outcome.progress.at(-1)).toBe(-1);
    expect(outcome.messages.join()).toMatch(message);
  });

  it('reports an invalid licence, and has no settings then', async () => {
    const other = await openPage(browser, `${site.origin}/${transport}`);
    const refused = other.evaluate(
      `new Promise((resolve, reject) => MeadCo.ScriptX.Print.HTML.connectAsync(${server()},
        '{00000000-0000-0000-0000-000000000000}', resolve, reason => reject(new Error('refused: ' + reason))))`,
    );

    await expect(refused).rejects.toThrow(/refused: .*(Unauthorized|missing or unknown)/);
    expect(await other.evaluate('MeadCo.ScriptX.Print.isConnected')).toBe(false);
    await other.close();
  });
});

describe("a page made for the vendor's add-on, which connects synchronously by attributes", () => {
  let machine: Machine;
  let folder: string;
  let browser: Browser;
  let site: Awaited<ReturnType<typeof openSite>>;
  let page: Page;
  beforeAll(async () => {
    threePages = await pdfOfPages(3);
    site = await openSite(serve);
    machine = await Machine.make();
    folder = await mkdtemp(join(tmpdir(), 'platen-browser-user-'));
    const { endpoint, key } = await machine.start();
    browser = await openBrowser(folder);
    page = await openPage(browser, `${site.origin}/classic?server=${endpoint}&key={${key}}`);
  });
  afterAll(async () => {
    await browser.close();
    await machine.remove();
    await site.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds printers, papers and margins where it looks for them', async () => {
    const facts = await page.evaluate(`({
      printers: [0, 1, 2].map(index => factory.printing.EnumPrinters(index)),
      paper: factory.printing.paperSize,
      edge: factory.printing.unprintableLeft,
      margin: factory.printing.leftMargin,
      relay: factory.printing.printerControl('office:folder').isNetwork,
      forms: factory.printing.printerControl('office:folder').Forms.length > 0,
      licence: MeadCo.ScriptX.Print.Licensing.validLicense || !!MeadCo.ScriptX.Print.Licensing.License,
    })`);

    expect(facts).toMatchObject({
      printers: ['Platen PDF', 'office:folder', ''],
      paper: 'A4',
      edge: '0',
      margin: '0.75',
      relay: true,
      forms: true,
      licence: true,
    });
  });

  it('prints as before', async () => {
    await page.evaluate(`
      factory.printing.header = 'head'; factory.printing.footer = '&p/&P'; factory.printing.portrait = false;
      factory.printing.SetMarginMeasure(1); factory.printing.leftMargin = 20; factory.printing.SetPageRange(false, 2, 2);
      factory.printing.Print(false);`);
    const text = await textOfPdf((await nextDownload(folder)).bytes);

    expect(text).toHaveLength(1);
    expect(text[0]).toContain('Second page');
    expect(text[0]).toContain('head');
    expect(text[0]).toContain('2/2');
  });
});
