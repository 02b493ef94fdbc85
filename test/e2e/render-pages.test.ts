import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PDFBool, PDFDict, PDFDocument, PDFName } from '@cantoo/pdf-lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BrowserPool, openBrowserPool } from '../../shared/adapters/convert/browser/browser.ts';
import { renderPdf } from '../../shared/adapters/convert/page/html-to-pdf.ts';
import type { RenderRequest } from '../../shared/adapters/convert/page/render-request.ts';
import { textOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';
import { pageSizes } from '../../shared/adapters/convert/pdf/pdf-reader.ts';

/* Pages as people write them for a print window. */

const receipt = (script: string) => `<!DOCTYPE html><h1>RECEIPT 42</h1><script>${script}</script>`;
const server = createServer(({ url = '' }, response) => {
  if (url === '/none.png') return void response.writeHead(404).end();
  response.writeHead(200, { 'Content-Type': 'text/html' }).end(receipt(decodeURIComponent(url.slice(2))));
});
let pool: BrowserPool;
let origin = '';
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  pool = await openBrowserPool({ allowFetch: ['127.0.0.1'] });
});
afterAll(async () => {
  await pool.close();
  server.closeAllConnections();
  server.close();
});

const base: Omit<RenderRequest, 'content'> = {
  paper: { width: 210, height: 297 },
  backgrounds: true,
  media: 'print',
  fullLoad: true,
  scripts: true,
  deadlineMs: 30_000,
};
async function print(html: string, more: Partial<RenderRequest> = {}) {
  const { pdf, warnings } = await renderPdf(pool, { ...base, content: { kind: 'html', html }, ...more });
  const texts = (await textOfPdf(pdf)).map(text => text.replace(/\s+/g, ' ').trim());
  const sizes = (await pageSizes(pdf)).map(({ width, height }) => [Math.round(width), Math.round(height)]);
  return { texts, sizes, warnings };
}

const endings = [
  'onload = () => { print(); close(); }',
  'onload = () => { self.close(); }',
  'onafterprint = () => window.close(); onload = () => print();',
  'onload = () => { print(); history.back(); }',
  'onload = () => { history.back(); }',
  'onload = () => { print(); location.href = "about:blank"; }',
  'onload = () => { print(); setTimeout(() => location.replace("/?"), 10); }',
];

describe('a page that prints and leaves', () => {
  test.each(endings)('as markup: %s', async script => {
    expect((await print(receipt(script))).texts).toEqual(['RECEIPT 42']);
  });

  test.each(endings)('by its address: %s', async script => {
    const url = `${origin}/?${encodeURIComponent(script)}`;
    expect((await print('', { content: { kind: 'url', url } })).texts).toEqual(['RECEIPT 42']);
  });
});

describe('a page that prints and goes on shows on paper what it showed at print()', () => {
  test.each([
    ['a button hidden for it', 'b.style.display = "none"; print(); b.style.display = ""', 'TEXT'],
    ['a class given for it', 'document.body.className = "p"; print(); document.body.removeAttribute("class")', 'TEXT'],
    ['a part', 'const all = document.body.innerHTML; b.remove(); print(); document.body.innerHTML = all', 'TEXT'],
    ['words', 'b.firstChild.data = "NEW"; print(); b.firstChild.data = "OLD"; b.remove()', 'TEXT NEW'],
    ['what comes with a later task', 'print(); setTimeout(() => { b.textContent = "LATER"; })', 'TEXT LATER'],
  ])('%s', async (_what, script, expected) => {
    const html = `<style>.p span{display:none}</style>TEXT <span id=b>OLD</span><script>onload = () => { ${script} }</script>`;

    expect((await print(html)).texts).toEqual([expected]);
  });

  test('or what it shows once it is loaded, as browsers wait for that', async () => {
    expect((await print('A <b id=b></b><script>print(); b.textContent = "B"</script> C')).texts).toEqual(['A B C']);
  });
});

test('markup without an address has storage, cookies, a router and cryptography', async () => {
  const calls = [
    'localStorage.setItem("a", "1")',
    'sessionStorage.setItem("a", "1")',
    'if (!(document.cookie = "a=1", document.cookie)) throw 0',
    'indexedDB.open("a")',
    'history.pushState({}, "", "/invoice/7")',
    'new URL("a", location.href)',
    'crypto.subtle.digest',
    'crypto.randomUUID()',
  ];
  const script = `const out = ${JSON.stringify(calls)}.map(call => { try { eval(call); return 'works'; } catch { return call; } });
    document.body.append(out.join(' '));`;
  for (const style of ['', `<link rel=stylesheet href="http://127.0.0.1:1/x.css">`]) {
    const { texts } = await print(`<!DOCTYPE html>${style}<body><script>${script}</script>`);
    expect(texts).toEqual([calls.map(() => 'works').join(' ')]);
  }
});

describe('what comes late is on the paper', () => {
  test.each([
    ['an animation', '<style>@keyframes a{from{display:none}}p{animation:a 9s both}</style><p>LATE'],
    [
      'animations one after the other',
      `<p>LATE<script>const p = document.querySelector('p'); p.style.visibility = 'hidden';
       p.animate({}, 5000).onfinish = () => { p.animate({}, 5000).onfinish = () => { p.style.visibility = '' } }</script>`,
    ],
    [
      'drawing',
      `<p><script>let n = 0; (function draw() { if (++n < 40) requestAnimationFrame(draw); else document.querySelector('p').append('LATE') })()</script>`,
    ],
    [
      'a short timer',
      `<p><script>onload = () => setTimeout(() => document.querySelector('p').append('LATE'), 450)</script>`,
    ],
    [
      'what is seen',
      `<div style="height:4000px"></div><p><script>new IntersectionObserver(([it]) => it.isIntersecting && it.target.append('LATE')).observe(document.querySelector('p'))</script>`,
    ],
    [
      'what is scrolled to',
      `<div style="height:4000px"></div><p><script>addEventListener('scroll', () => scrollY > 3000 && (document.querySelector('p').textContent = 'LATE'))</script>`,
    ],
  ])('%s', async (_, html) => {
    expect((await print(html)).texts.at(-1)).toBe('LATE');
  });

  test('and what never ends is printed as it is', async () => {
    const forever = `<p>HERE<script>(function draw() { requestAnimationFrame(draw) })();
      const grow = () => { const div = document.createElement('div'); div.style.height = '900px'; document.body.append(div);
        new IntersectionObserver(([it], seen) => { if (it.isIntersecting) { seen.disconnect(); grow(); } }).observe(div); }; grow();</script>`;
    expect((await print(forever)).texts[0]).toBe('HERE');
  });
});

describe('paper', () => {
  const mixed =
    '<style>@page{size:A5}@page wide{size:A5 landscape}div{page:wide}</style><p>one</p><div>two</div><p>three</p>';
  const header = { kind: 'codes' as const, line: 'page &p of &P' };

  test('is as the document says where the request leaves it open', async () => {
    const label = '<style>@page{size:4in 6in;margin:0}</style>LABEL';
    expect((await print(label, { ownPageSize: true })).sizes).toEqual([[102, 152]]);
    expect((await print(label)).sizes).toEqual([[210, 297]]);
    const { sizes } = await print(mixed, { ownPageSize: true });
    expect(sizes).toEqual([
      [148, 210],
      [210, 148],
      [148, 210],
    ]);
  });

  test('is turned for named pages where the request names it', async () => {
    const { sizes, texts } = await print(mixed, { headersAndFooters: { header, now: new Date(0) } });
    expect(sizes).toEqual([
      [210, 297],
      [297, 210],
      [210, 297],
    ]);
    expect(texts).toEqual(['one page 1 of 3', 'two page 2 of 3', 'three page 3 of 3']);
  });
});

describe('what is missing on the paper is named', () => {
  test.each([
    ['a picture that is not there', () => `<img src="${origin}/none.png">`, /none\.png is missing: .*404/],
    ['a relative address without a base', () => '<img src="logo.png">', /picture logo\.png is missing: .*relative/],
    ['an address that may not be fetched', () => '<img src="http://127.0.0.2/x.png">', /127\.0\.0\.2/],
    ['content beyond the edge', () => '<div style="width:2000px">x</div>', /^The content is 5\d\d mm wide/],
    ['everything', () => '<p></p>', /^The page shows nothing/],
  ])('%s', async (_, html, warning) => {
    const { warnings } = await print(html());
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });

  test('content beyond the edge of a label, which a window has room for', async () => {
    const { warnings } = await print('<div style="width:600px">x</div>', { paper: { width: 100, height: 150 } });
    expect(warnings).toEqual([expect.stringMatching(/^The content is 159 mm wide, and the paper has room for/)]);
  });

  test.each([false, true])('a page that is blank among others, tagged: %s', async tagged => {
    const html = '<p>x<p style="break-before:page"></p><p style="break-before:page">y';
    expect((await print(html, { tagged })).warnings).toEqual(['Nothing is on page 2.']);
  });

  test('nothing else', async () => {
    expect((await print('<p>x<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">')).warnings).toEqual([]);
  });
});

describe('a tagged PDF', () => {
  const html = '<!DOCTYPE html><html lang="en"><title>Report</title><h1>Report</h1><h2>Costs</h2><p>Text</p>';
  const made = async (tagged?: boolean) =>
    PDFDocument.load((await renderPdf(pool, { ...base, content: { kind: 'html', html }, tagged })).pdf);

  test('has a structure tree, the language and bookmarks of the headings', async () => {
    const { catalog } = await made(true);

    expect(String(catalog.get(PDFName.of('Lang')))).toBe('(en)');
    expect(catalog.lookup(PDFName.of('MarkInfo'), PDFDict).get(PDFName.of('Marked'))).toBe(PDFBool.True);
    expect(catalog.lookup(PDFName.of('StructTreeRoot'), PDFDict).has(PDFName.of('K'))).toBe(true);
    expect(catalog.lookup(PDFName.of('Outlines'), PDFDict).has(PDFName.of('First'))).toBe(true);
  });

  test('is made only when asked for', async () => {
    expect((await made()).catalog.has(PDFName.of('StructTreeRoot'))).toBe(false);
  });
});
