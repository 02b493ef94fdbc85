import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type BrowserPool, openBrowserPool } from '../../shared/adapters/convert/browser/browser.ts';
import type { Cell } from '../../shared/adapters/convert/browser/cell.ts';
import { renderPdf } from '../../shared/adapters/convert/page/html-to-pdf.ts';
import type { DatedHeadersAndFooters, RenderRequest } from '../../shared/adapters/convert/page/render-request.ts';
import { parsePageRanges } from '../../shared/adapters/convert/pdf/page-ranges.ts';
import { pdfInfo } from '../../shared/adapters/convert/pdf/pdf-info.ts';
import { picturesOfPdf, textOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';
import { selectPdfPages, stampPdf } from '../../shared/adapters/convert/pdf/pdf-writer.ts';

let pool: BrowserPool;
const seen: IncomingMessage[] = [];
const answers: Record<
  string,
  (message: IncomingMessage) => [status: number, headers: Record<string, string>, body?: string]
> = {
  '/': () => [200, {}, '<title>Home</title><p>home<img src="/picture"><img src="//127.0.0.1:OTHER/else">'],
  '/private': ({ headers }) =>
    headers.authorization
      ? [200, {}, '<p>secret<img src="//127.0.0.1:OTHER/private">']
      : [401, { 'WWW-Authenticate': 'Basic realm=a' }],
  '/missing': () => [404, {}, 'no'],
  '/loop': () => [302, { Location: '/loop' }],
  '/file': () => [200, { 'Content-Type': 'application/zip', 'Content-Disposition': 'attachment' }, 'PK'],
  '/nothing': () => [204, {}],
  '/spin': () => [200, {}, '<p>x</p><script>for(;;);</script>'],
  '/reload': () => [200, {}, '<p>x</p><script>location.reload()</script>'],
  '/to-port-22': () => [302, { Location: 'http://127.0.0.1:22/' }],
  '/to-a-file': () => [302, { Location: 'file:///etc/passwd' }],
  '/elsewhere': () => [302, { Location: '/word' }],
  '/again': () => [200, { Refresh: '0' }, '<p>again'],
  '/late': () => [
    200,
    {},
    `<p id=a>early</p><script>setTimeout(() => fetch('/word').then(r => r.text()).then(t => a.append(t)), 50)</script>`,
  ],
  '/word': () => [200, {}, ' and late'],
  '/unfinished': () => [200, {}, '<p>early<img src="/hang">'],
};
const server = createServer((message, response) => {
  seen.push(message);
  const path = message.url ?? '';
  if (path === '/hang') return;
  if (path === '/endless')
    return void response.writeHead(200).end(`<script>fetch('/pours').then(r => r.blob())</script>`);
  if (path === '/heavy') {
    // Slow to parse: read only as fast as it is rendered, it would not reach its limit within minutes.
    response.writeHead(200, { 'Content-Type': 'text/html' });
    const piece = Buffer.alloc(1_000_000, '<p>x\n');
    const write = () => response.write(piece, () => response.destroyed || write());
    return write();
  }
  if (path === '/large') return void response.writeHead(200, { 'Content-Length': 500_000_000 }).write('<p>');
  if (path === '/pours') {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    const piece = Buffer.alloc(1_000_000, '<!-- nothing to see -->');
    const write = () => response.write(piece, () => response.destroyed || write());
    return write();
  }
  const [status, headers, body = ''] = answers[path]?.(message) ?? [200, {}, ''];
  response
    .writeHead(status, { 'Content-Type': 'text/html', ...headers })
    .end(body.replaceAll('OTHER', String(otherPort)));
});
const other = createServer(server.listeners('request')[0] as never);
let port = 0;
let otherPort = 0;

beforeAll(async () => {
  for (const one of [server, other]) await once(one.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
  otherPort = (other.address() as AddressInfo).port;
  pool = await openBrowserPool({ allowFetch: ['127.0.0.1'], concurrency: 2 });
});
beforeEach(() => void seen.splice(0));
afterAll(async () => {
  await pool.close();
  for (const one of [server, other]) one.closeAllConnections();
  server.close();
  other.close();
});

const a4 = { width: 210, height: 297 };
const margins = { top: 20, right: 15, bottom: 20, left: 15 };
const base: Omit<RenderRequest, 'content'> = {
  paper: a4,
  backgrounds: false,
  media: 'print',
  fullLoad: true,
  scripts: true,
  deadlineMs: 30_000,
};
const print = (content: RenderRequest['content'] | string, more: Partial<RenderRequest> = {}) =>
  renderPdf(pool, {
    ...base,
    content: typeof content === 'string' ? { kind: 'html', html: content } : content,
    ...more,
  });
const url = (path: string) => ({ kind: 'url' as const, url: `http://127.0.0.1:${port}${path}` });
const pages = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `<p style="break-after:${index + 1 < count ? 'page' : 'auto'}">body ${index + 1}`,
  ).join('');
const text = async (pdf: Uint8Array) => (await textOfPdf(pdf)).map(page => page.replace(/\s+/g, ' ').trim());

/** The bounding box of what is darker than paper, in millimetres from the top left of a page. */
async function ink(pdf: Uint8Array, page = 1) {
  const [picture] = await picturesOfPdf(pdf, { dpi: 101.6, format: 'png', pages: [page] });
  const { data, info } = await sharp(picture!.data).greyscale().raw().toBuffer({ resolveWithObject: true });
  const box = { left: 1e9, right: 0, top: 1e9, bottom: 0, amount: 0 };
  for (const [index, value] of data.entries()) {
    if (value > 200) continue;
    const [x, y] = [(index % info.width) / 4, Math.floor(index / info.width) / 4];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
    box.amount++;
  }
  return box;
}
const block = (style: string) =>
  `<body style="margin:0"><div style="background:#000;print-color-adjust:exact;${style}">`;

describe('the sheet', () => {
  test.each([
    ['A4', a4, 595, 842],
    ['A4 on its side', { width: 297, height: 210 }, 842, 595],
    ['a label', { width: 101.6, height: 152.4 }, 288, 432],
  ])('is %s', async (_, paper, width, height) => {
    const own = '<style>@page{size:A3 landscape} @page wide{size:A2} p{page:wide}</style><p>x';
    const { pageSize } = await pdfInfo((await print(own, { paper })).pdf);
    // The browser rounds up to whole device pixels.
    expect(Math.abs(pageSize.width - width)).toBeLessThan(1);
    expect(Math.abs(pageSize.height - height)).toBeLessThan(1);
  });

  test('has the requested margins, or else those of the page', async () => {
    const html = `<style>@page{margin:50mm}</style>${block('height:50mm')}`;
    const asked = await ink((await print(html, { margins: { top: 10, left: 20, right: 30, bottom: 0 } })).pdf);
    expect([asked.top, asked.left, Math.ceil(asked.right)]).toEqual([10, 20, 180]);
    const own = await ink((await print(html, { margins: { top: 10 } })).pdf);
    expect([own.top, own.left, own.right].map(Math.round)).toEqual([10, 50, 160]);
  });

  test('is scaled, or shrunk to fit', async () => {
    const half = await ink((await print(block('width:100mm;height:100mm'), { scale: 50 })).pdf);
    expect([half.right, half.bottom].map(Math.round)).toEqual([50, 50]);
    const wide = await ink(
      (
        await print(block('width:600mm;height:100mm'), {
          scale: 'fit-width',
          margins: { left: 10, right: 10, top: 10, bottom: 10 },
        })
      ).pdf,
    );
    expect([wide.left, wide.right].map(Math.round)).toEqual([10, 200]);
    const narrow = await ink((await print(block('width:50mm;height:50mm'), { scale: 'fit-width' })).pdf);
    expect(Math.round(narrow.right)).toBe(50);
  });

  test('has backgrounds and media type as requested', async () => {
    const html =
      '<style>div{height:50mm;background:#000} @media screen{div{height:90mm}}</style><body style="margin:0"><div>';
    expect((await ink((await print(html)).pdf)).amount).toBe(0);
    expect(Math.round((await ink((await print(html, { backgrounds: true })).pdf)).bottom)).toBe(50);
    expect(Math.round((await ink((await print(html, { backgrounds: true, media: 'screen' })).pdf)).bottom)).toBe(90);
  });

  test.each([undefined, 'fit-width'] as const)('without room for content is refused, scaled %s', async scale => {
    const refused = print('<p>x', { margins: { left: 150, right: 60 }, scale });
    await expect(refused).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('margins') });
  });

  test.each([
    ['courier', 'font:20pt Courier New', 100],
    ['small print', 'font:8pt Arial', 33],
    ['small print, bold', 'font:bold 8pt Times', 33],
  ])('contains its text in whole words: %s', async (_, style, scale) => {
    const words = 'Invoice 1001 Millimetre fiction wiliness';
    const paper = { width: 210, height: 148 };
    const { pdf } = await print(`<p style="${style}">${words}`, { paper, scale, margins });
    expect(await text(pdf)).toEqual([words]);
  });
});

describe('headers and footers', () => {
  const now = new Date('2026-01-02T15:04:05Z');
  const lines: DatedHeadersAndFooters = {
    header: { kind: 'codes', line: '&w&b&bpage &p of &P' },
    footer: { kind: 'codes', line: '&u&b&d && &T' },
    locale: 'de-DE',
    now,
  };

  test('are in the margins of every page, with its number', async () => {
    const content = {
      kind: 'html' as const,
      html: `<title>T &amp; U</title>${pages(3)}`,
      baseUrl: `http://127.0.0.1:${port}/doc?x=1`,
    };
    const { pdf } = await print(content, { margins, headersAndFooters: lines });
    const expected = [1, 2, 3].map(
      page => `body ${page} T & U page ${page} of 3 http://127.0.0.1:${port}/doc?x=1 02.01.2026 & 15:04`,
    );
    expect(await text(pdf)).toEqual(expected);
    const { top, bottom, left, right } = await ink(pdf);
    expect(top).toBeGreaterThan(5);
    expect(top).toBeLessThan(15);
    expect(bottom).toBeGreaterThan(280);
    expect(left).toBeGreaterThan(14);
    expect(right).toBeLessThan(196);
  });

  test('use the free part of the line, and wrap within the paper', async () => {
    const headed = (line: string) =>
      print('<p>', { margins, headersAndFooters: { now, header: { kind: 'codes', line } } });
    const alone = await ink((await headed('words '.repeat(17))).pdf);
    expect(alone.right).toBeGreaterThan(150);
    expect(alone.bottom - alone.top).toBeLessThan(4);

    const both = await headed(`${'https://shop.example/'.padEnd(200, 'x')}&bright`);
    expect((await text(both.pdf))[0]).toContain('right');
    expect((await ink(both.pdf)).right).toBeLessThan(196);
  });

  test('show the page’s address without its password', async () => {
    const headersAndFooters: DatedHeadersAndFooters = { now, header: { kind: 'codes', line: '&u' } };
    const content = { kind: 'url' as const, url: `http://me:secret@127.0.0.1:${port}/elsewhere` };
    const { pdf } = await print(content, { margins, headersAndFooters });
    expect(await text(pdf)).toEqual([`and late http://127.0.0.1:${port}/word`]);
  });

  test('keep the page numbers of the whole document when pages are selected', async () => {
    const more = { margins, headersAndFooters: { ...lines, footer: undefined }, pageRanges: parsePageRanges('2-5') };
    const chosen = await print(pages(6), { ...more, pagePass: 'odd' });
    expect(await text(chosen.pdf)).toEqual(['body 3 page 3 of 6', 'body 5 page 5 of 6']);
    expect(chosen.pageCount).toBe(2);
    await expect(print(pages(2), { pageRanges: parsePageRanges('7') })).rejects.toMatchObject({
      code: 'page-out-of-range',
    });
  });

  test('and page selection run in a worker thread, if available', async () => {
    const pdfWork = { selectPdfPages: vi.fn(selectPdfPages), stampPdf: vi.fn(stampPdf) };
    const content = { kind: 'html' as const, html: pages(3) };
    const request = { ...base, content, margins, headersAndFooters: lines, pageRanges: parsePageRanges('2') };
    const { pdf } = await renderPdf(pool, request, { pdfWork });
    expect(pdfWork.selectPdfPages).toHaveBeenCalledOnce();
    expect(pdfWork.stampPdf).toHaveBeenCalledOnce();
    expect((await text(pdf))[0]).toContain('page 2 of 3');
  });

  test('of the first page replace those of all pages and move the content down', async () => {
    const headersAndFooters: DatedHeadersAndFooters = {
      now,
      allPagesHeader: { html: '<div>all &p/&P</div>', height: 10 },
      allPagesFooter: { html: 'all below', height: 0 },
      firstPageHeader: { html: '<style>div{height:40mm}</style><div>first only</div>', height: 0 },
      extraFirstPageFooter: { html: '<b>extra</b>', height: 12 },
    };
    const html = `<style>body{margin:0} p{margin:0}</style>${block('height:1mm')}</div>${pages(2)}`;
    const { pdf } = await print(html, { margins, headersAndFooters });
    const [first = '', second = ''] = await text(pdf);
    expect(first).toMatch(/body 1 .*first only.*all below.*extra|body 1 all below first only extra/);
    expect(first).not.toContain('all 1/2');
    expect(second).toContain('all 2/2');
    expect(second).not.toContain('extra');
    // The content begins under the margin and the measured height of the fragment.
    const { pdf: without } = await print(html, { margins });
    expect((await ink(without)).top).toBeCloseTo(20, 0);
    const plain = await print(html, {
      margins,
      headersAndFooters: {
        ...headersAndFooters,
        firstPageHeader: { html: '<div style="height:40mm"></div>', height: 0 },
      },
    });
    expect((await ink(plain.pdf)).top).toBeCloseTo(60, 0);
  });

  test('may be HTML with the classes of browser templates, and do not disturb each other or the page', async () => {
    const style = '<style>*{display:none!important} body{background:red}</style>';
    const headersAndFooters: DatedHeadersAndFooters = {
      now,
      header: { kind: 'html', html: `${style}hidden` },
      footer: {
        kind: 'html',
        html: '<span class="title"></span>: <span class=pageNumber></span>/<span class="totalPages"></span><script>document.body.remove()</script>',
      },
    };
    const { pdf } = await print(`<title>T</title>${pages(2)}`, { headersAndFooters });
    expect(await text(pdf)).toEqual(['body 1 T: 1/2', 'body 2 T: 2/2']);
  });
});

describe('loading', () => {
  const authorizations = () =>
    seen.map(({ url: path, headers }) => [
      headers.host === `127.0.0.1:${port}` ? path : `other${path}`,
      headers.authorization ?? headers.cookie ?? '-',
    ]);

  test('a page by its address, with its steps', async () => {
    const steps: string[] = [];
    const request = { ...base, content: url('/'), cookies: [{ name: 'sid', value: '1' }] };
    const result = await renderPdf(pool, request, { onStep: step => steps.push(step) });
    expect(result.title).toBe('Home');
    expect(steps).toEqual(['downloading', 'downloaded', 'printing']);
    expect(authorizations()).toEqual([
      ['/', 'sid=1'],
      ['/picture', 'sid=1'],
      ['other/else', '-'],
    ]);
  });

  test('credentials are sent to their own origin only', async () => {
    await expect(print(url('/private'))).rejects.toThrow('401');
    seen.splice(0);
    const { pdf } = await print(url('/private'), { credentials: { username: 'u', password: 'p' } });
    expect(await text(pdf)).toEqual(['secret']);
    expect(authorizations().filter(([path]) => path!.startsWith('other'))).toEqual([['other/private', '-']]);
  });

  test('markup with a base address has its relative links, cookies and origin', async () => {
    const html = '<p id=a></p><img src="x/y.png"><script>a.append(origin)</script><form><input value="typed"></form>';
    const content = { kind: 'innerHtml' as const, html, baseUrl: `http://127.0.0.1:${port}/dir/page?q=1` };
    const { pdf } = await print(content, { cookies: [{ name: 'sid', value: '1' }] });
    expect(await text(pdf)).toEqual([`http://127.0.0.1:${port} typed`]);
    expect(authorizations()).toEqual([['/dir/x/y.png', 'sid=1']]);
  });

  test('waits for late requests of scripts, unless disabled', async () => {
    expect(await text((await print(url('/late'))).pdf)).toEqual(['early and late']);
    expect(await text((await print(url('/unfinished'), { fullLoad: false })).pdf)).toEqual(['early']);
  });

  test('page scripts run or not, and the custom script always runs', async () => {
    const html = '<p id=a></p><script>a.append("own ")</script>';
    const customScript = 'document.getElementById("a").append("custom")';
    expect(await text((await print(html, { customScript })).pdf)).toEqual(['own custom']);
    expect(await text((await print(html, { customScript, scripts: false })).pdf)).toEqual(['custom']);
    await expect(print(html, { customScript: 'nonsense(' })).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('its language is one that dates can be formatted in', async () => {
    const html = '<p id=a></p><script>a.append(new Date(0).toLocaleDateString(navigator.language))</script>';
    expect(await text((await print(html)).pdf)).toEqual(['1/1/1970']);
    await print(url('/'));
    expect(seen[0]?.headers['accept-language']).toMatch(/^en-US,en/);
  });

  test('dialogs, windows and navigation do not block it', async () => {
    const html =
      '<p id=a>x</p><script>alert(1);confirm(2);prompt(3);print();a.append(String(open("about:blank")));onbeforeunload=()=>1</script>';
    expect(await text((await print(html, { deadlineMs: 10_000 })).pdf)).toEqual(['xnull']);
  });
});

describe('failures are reported, and the next job works', () => {
  test.each([
    ['not-reachable', '/missing', /404/],
    ['not-reachable', '/loop', /redirects without end/],
    ['not-a-page', '/file', /download/],
    ['not-a-page', '/nothing', /nothing/],
    ['not-reachable', '/reload', /from address to address without end/],
    ['forbidden-address', '/to-port-22', /leads to a port that may not be fetched/],
    ['forbidden-address', '/to-a-file', /leads to an address that may not be fetched/],
    ['timeout', '/hang', /within 1.5 s: http.*hang does not come to an end/],
    ['timeout', '/spin', /spin, or a script in it, does not come to an end/],
    ['too-large', '/endless', /more than 20000000 octets/],
    ['too-large', '/large', /more than 20000000 octets/],
    ['too-large', '/heavy', /more than 20000000 octets/],
  ])('%s for %s', async (code, path, message) => {
    const failed = print(url(path), { deadlineMs: /hang|spin/.test(path) ? 3_000 : 30_000, maxOctets: 20_000_000 });
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await text((await print('next')).pdf)).toEqual(['next']);
  });

  test('a page that waits does not block others', async () => {
    const own = await openBrowserPool({ allowFetch: ['127.0.0.1'], concurrency: 1 });
    onTestFinished(() => own.close());
    const ended: string[] = [];
    const options = { paper: a4, backgrounds: true, media: 'print' as const, fullLoad: true, scripts: true };
    const hanging = renderPdf(own, { ...options, content: url('/hang'), deadlineMs: 20_000 })
      .catch(error => error)
      .finally(() => ended.push('hanging'));

    const { pageCount } = await renderPdf(own, {
      ...options,
      content: { kind: 'html', html: 'x' },
      deadlineMs: 20_000,
    });
    ended.push('quick');

    expect(pageCount).toBe(1);
    expect(await hanging).toMatchObject({ code: 'timeout' });
    expect(ended).toEqual(['quick', 'hanging']);
  });

  test('a page that waits for an image that never loads names it', async () => {
    const content = { kind: 'html' as const, html: '<img src="/hang">', baseUrl: `http://127.0.0.1:${port}/` };
    const failed = print(content, { deadlineMs: 2_000 });
    const message = `The page was not loaded within 1 s: http://127.0.0.1:${port}/hang does not come to an end.`;
    await expect(failed).rejects.toMatchObject({ code: 'timeout', message });
  });

  test.each([
    ['leaves for one that never comes', 'location = "/hang"', /hang does not come to an end/],
    ['spins when it is printed', 'onbeforeprint = () => { for(;;); }', /scripts or its size/],
  ])('a page that %s says what it waits for', async (_, customScript, message) => {
    const content = { kind: 'html' as const, html: '<p>x', baseUrl: `http://127.0.0.1:${port}/` };
    const failed = print(content, { customScript, deadlineMs: 3_000 });
    await expect(failed).rejects.toMatchObject({ code: 'timeout', message: expect.stringMatching(message) });
    await expect(failed).rejects.toThrow('not finished within 3 s');
    expect(await text((await print('next')).pdf)).toEqual(['next']);
  });

  test.each([
    ['a script that spins', '<script>for(;;);</script>', 'timeout'],
    [
      'a script that spins after loading',
      '<p>x<script>onload = () => setTimeout(() => { for(;;); })</script>',
      'timeout',
    ],
    ['dialogs without end', '<script>for(;;)alert(1)</script>', 'timeout'],
    ['no content', '  ', 'bad-request'],
  ])('%s', async (_, html, code) => {
    await expect(print(html, { deadlineMs: 2_000 })).rejects.toMatchObject({ code });
    expect(await text((await print('next')).pdf)).toEqual(['next']);
  });

  test('more pages than allowed, or by far more than 10,000', async () => {
    await expect(print(pages(21), { maxPages: 20 })).rejects.toMatchObject({ code: 'too-many-pages' });
    expect((await print(pages(20), { maxPages: 20 })).pageCount).toBe(20);
    const tall = '<div style="height:25000000px">';
    await expect(print(tall)).rejects.toMatchObject({ code: 'too-many-pages' });
  });

  test('a page that reloads for ever is printed as it is caught, or refused', async () => {
    const outcome = await print(url('/again')).then(
      ({ pageCount }) => pageCount,
      error => error.message,
    );
    expect([1, 'The page goes from address to address without end.']).toContain(outcome);
    expect(await text((await print('next')).pdf)).toEqual(['next']);
  });

  test('a browser that is killed in the middle', async () => {
    const killed = pool.use(new AbortController().signal, async ({ page }) => {
      page.browser().process()!.kill('SIGKILL');
      await page.pdf();
    });
    await expect(killed).rejects.toMatchObject({ code: 'crashed' });
    expect(await text((await print('next')).pdf)).toEqual(['next']);
  });

  test.each<[what: string, content: () => RenderRequest['content']]>([
    ['an address', () => url('/hang')],
    ['markup', () => ({ kind: 'html', html: '<script src="/hang"></script>', baseUrl: url('/').url })],
  ])('a page whose process ends while %s is loaded', async (_what, content) => {
    // of its own: its first page has the only renderer
    const own = await openBrowserPool({ allowFetch: ['127.0.0.1'] });
    onTestFinished(() => own.close());
    const { promise: taken, resolve: take } = Promise.withResolvers<Cell>();
    const watched: BrowserPool = {
      ...own,
      use: (signal, work, kind) =>
        own.use(
          signal,
          cell => {
            take(cell);
            return work(cell);
          },
          kind,
        ),
    };
    const made = renderPdf(watched, { ...base, content: content() });
    made.catch(() => undefined); // read below
    const session = await (await taken).page.browser().target().createCDPSession();
    await vi.waitFor(() => expect(seen.map(({ url: path }) => path)).toContain('/hang'));

    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    for (const { id, type } of processInfo) if (type === 'renderer') process.kill(id, 'SIGKILL');

    await expect(made).rejects.toMatchObject({ code: 'page-crashed' });
  });

  test('a caller who gives up', async () => {
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), 300);
    const request = { ...base, content: url('/hang') };
    await expect(renderPdf(pool, request, { signal: leaving.signal })).rejects.toMatchObject({ code: 'canceled' });
  });
});

describe('cells', () => {
  test('share nothing', async () => {
    const leave = `<p id=a></p><script>
      a.append([document.cookie, localStorage.x, sessionStorage.x, window.name].join());
      document.cookie = 'x=1'; localStorage.x = sessionStorage.x = window.name = 'left';</script>`;
    for (let job = 0; job < 4; job++) {
      const content = { kind: 'html' as const, html: leave, baseUrl: `http://127.0.0.1:${port}/` };
      expect(await text((await print(content)).pdf)).toEqual([',,,']);
    }
  });

  test('are as many as allowed, and jobs wait for them in order', async () => {
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const signal = new AbortController().signal;
    const job = (number: number) =>
      pool.use(signal, async () => {
        most = Math.max(most, ++running);
        await new Promise(resolve => setTimeout(resolve, 50));
        running--;
        order.push(number);
      });
    await Promise.all([0, 1, 2, 3, 4, 5].map(job));
    expect(most).toBe(2);
    expect(order.slice(-2).sort()).toEqual([4, 5]);
  });

  test('draw frames in a window, and none in the dark', async () => {
    const { signal } = new AbortController();
    const frame = `new Promise(seen => requestAnimationFrame(() => seen('frame')))`;
    const inTime = `Promise.race([${frame}, new Promise(late => setTimeout(late, 100, 'none'))])`;

    expect(await pool.use(signal, ({ page }) => page.evaluate(frame), 'window')).toBe('frame');
    expect(await pool.use(signal, ({ page }) => page.evaluate(inTime), 'dark')).toBe('none');
  });

  test('work with one process for all of a browser, as in Lambda', async () => {
    const single = await openBrowserPool({ processModel: 'one-process' });
    for (let job = 0; job < 3; job++) {
      const result = await renderPdf(single, {
        ...base,
        content: { kind: 'html', html: pages(2) },
        headersAndFooters: { header: { kind: 'codes', line: '&p' }, now: new Date() },
      });
      expect(await text(result.pdf)).toEqual(['body 1 1', 'body 2 2']);
    }
    const spins = { ...base, content: { kind: 'html' as const, html: '<script>for(;;);</script>' }, deadlineMs: 1_500 };
    await expect(renderPdf(single, spins)).rejects.toMatchObject({ code: 'timeout' });
    await single.close();
  });

  test('leave no process and no folder behind', async () => {
    const own = await openBrowserPool();
    const pids = await own.use(new AbortController().signal, async ({ page }) => [page.browser().process()!.pid!]);
    await expect(
      renderPdf(own, { ...base, content: { kind: 'html', html: '<script>for(;;);</script>' }, deadlineMs: 1_000 }),
    ).rejects.toThrow();
    const folders = () =>
      readdirSync(tmpdir()).filter(name => name.startsWith(`platen-browser-${process.pid}-`)).length;
    const before = folders();
    await own.close();
    await new Promise(resolve => setTimeout(resolve, 500));
    const left = execFileSync('ps', ['-e', '-o', 'pid=,pgid=,stat='])
      .toString()
      .split('\n')
      .filter(line => pids.includes(Number(line.trim().split(/\s+/)[1])) && !/Z/.test(line));
    expect(left).toEqual([]);
    expect(folders()).toBe(before - 1);
    await expect(own.use(new AbortController().signal, async () => 1)).rejects.toMatchObject({ code: 'canceled' });
  });
});
