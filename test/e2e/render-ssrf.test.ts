import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BrowserPool, openBrowserPool } from '../../shared/adapters/convert/browser/browser.ts';
import { renderPdf } from '../../shared/adapters/convert/page/html-to-pdf.ts';
import type { RenderRequest } from '../../shared/adapters/convert/page/render-request.ts';
import { textOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';

/**
 * A page that tries to reach this machine in every known way, and listeners that must not be reached. The page must
 * print nevertheless.
 */
const hits: string[] = [];
const canary = (server: Server, name: string) =>
  server.on('connection', socket => {
    hits.push(name);
    socket.destroy();
  });
const canaries = [canary(createServer(), 'IPv4'), canary(createServer(), 'IPv6')];
const udp = createSocket('udp4');
let port = 0;
let sitePort = 0;
let pool: BrowserPool;

const site = createHttp((message, response) => {
  const to = new URL(message.url ?? '/', 'http://site').searchParams.get('to');
  if (to) response.writeHead(302, { Location: to, 'Access-Control-Allow-Origin': '*' }).end();
  else response.writeHead(200, { 'Content-Type': 'text/html' }).end(page(spellings()));
});

beforeAll(async () => {
  const [ipv4, ipv6] = canaries as [Server, Server];
  await once(ipv4.listen(0, '0.0.0.0'), 'listening');
  port = (ipv4.address() as AddressInfo).port;
  // The same port on IPv6, if this machine has it.
  await Promise.race([once(ipv6.listen({ port, host: '::1', ipv6Only: true }), 'listening'), once(ipv6, 'error')]);
  udp.on('message', () => hits.push('UDP')).bind(port, '127.0.0.1');
  await once(site.listen(0, '127.0.0.1'), 'listening');
  sitePort = (site.address() as AddressInfo).port;
  const answers: Record<string, string> = { 'site.example': '127.0.0.1', 'turned.example': '127.0.0.1' };
  pool = await openBrowserPool({
    allowFetch: [`site.example:${sitePort}`],
    // localhost names use the system's resolver; numbers resolve to themselves.
    resolve: async host => {
      const address = answers[host] ?? (/localhost\.?$/.test(host) ? '127.0.0.1' : host);
      return [{ address, family: address.includes(':') ? 6 : 4 }];
    },
  });
});
beforeEach(() => void hits.splice(0));
afterAll(async () => {
  await pool.close();
  for (const server of [...canaries, site]) server.close();
  site.closeAllConnections();
  udp.close();
});

const spellings = () => [
  ...['127.0.0.1', 'localhost', 'localhost.', 'x.localhost', '2130706433', '0177.0.0.1', '0x7f000001', '127.1', '0'],
  ...['[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::]', '[64:ff9b::7f00:1]', '0.0.0.0', 'turned.example'],
];

/**
 * Every kind of request for every spelling: direct addresses, and the same behind a redirect of the page's own site.
 */
function page(hosts: string[]): string {
  const direct = hosts.map(host => `//${host}:${port}/`);
  const redirected = hosts.map(
    host => `//site.example:${sitePort}/?to=${encodeURIComponent(`http://${host}:${port}/`)}`,
  );
  const all = [...direct, ...redirected].map(address => `http:${address}`);
  const first = all[0];
  const markup = all.map(
    url => `
    <img src="${url}img"><iframe src="${url}frame"></iframe><link rel=stylesheet href="${url}css"><link rel=icon href="${url}icon">
    <object data="${url}object"></object><embed src="${url}embed"><video src="${url}video" preload=auto></video>
    <link rel=preconnect href="${url}"><link rel=dns-prefetch href="${url}"><link rel=prefetch href="${url}prefetch">
    <link rel=modulepreload href="${url}module"><style>@import "${url}import";
    @font-face{font-family:f;src:url("${url}font")} p{font-family:f;background:url("${url}background")}</style>
    <svg width=9 height=9><image href="${url}svg" width=9 height=9 /></svg><script src="${url}script"></script>`,
  );
  return `<!DOCTYPE html><title>probe</title><p>still prints</p>${markup.join('')}
    <iframe src="file:///etc/passwd"></iframe><iframe src="view-source:${first}"></iframe><iframe src="chrome://version"></iframe>
    <iframe srcdoc="<meta http-equiv=refresh content='0;url=${first}'>"></iframe>
    <form action="${first}form" method=post target=inner><input name=a></form><iframe name=inner></iframe>
    <script>
      const urls = ${JSON.stringify(all)};
      const quiet = work => { try { Promise.resolve(work()).catch(() => {}); } catch {} };
      document.forms[0].submit();
      for (const url of urls) {
        quiet(() => fetch(url, { mode: 'no-cors' }));
        quiet(() => fetch(url.replace('http:', 'https:'), { mode: 'no-cors' }));
        quiet(() => { const request = new XMLHttpRequest(); request.open('GET', url); request.send(); });
        quiet(() => new EventSource(url));
        quiet(() => new WebSocket(url.replace('http:', 'ws:')));
        quiet(() => new WebSocket(url.replace('http:', 'wss:')));
        quiet(() => navigator.sendBeacon(url, 'x'));
        quiet(() => new Image().src = url + 'image');
      }
      const source = 'for (const url of ' + JSON.stringify(urls) + ') { fetch(url, { mode: "no-cors" }).catch(() => {}); try { importScripts(url) } catch {} }';
      quiet(() => new Worker(URL.createObjectURL(new Blob([source]))));
      quiet(() => new SharedWorker(URL.createObjectURL(new Blob([source]))));
      quiet(() => window.open(urls[0]));
      quiet(() => {
        const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:127.0.0.1:${port}' }, { urls: 'turn:127.0.0.1:${port}?transport=tcp', username: 'a', credential: 'b' }] });
        peer.createDataChannel('c');
        return peer.createOffer().then(offer => peer.setLocalDescription(offer));
      });
    </script>`;
}

/** 127.0.0.2 is allowed and represents the public internet; 127.0.0.1 at the same port must receive nothing. */
test('a rebinding name is fetched from the checked address, or not at all', async () => {
  const forbidden = canary(createServer(), 'after rebinding');
  let reached = 0;
  const allowed = createHttp((_, response) => {
    reached++;
    response
      .writeHead(200, { 'Content-Type': 'text/html', 'Cache-Control': 'no-store' })
      .end('<p>of the checked address');
  });
  await once(forbidden.listen(0, '127.0.0.1'), 'listening');
  const rebindPort = (forbidden.address() as AddressInfo).port;
  await once(allowed.listen(rebindPort, '127.0.0.2'), 'listening');
  const turns: Record<string, [first: string, later: string]> = {
    'public-first.example': ['127.0.0.2', '127.0.0.1'],
    'private-first.example': ['127.0.0.1', '127.0.0.2'],
  };
  const looks: string[] = [];
  const rebinding = await openBrowserPool({
    allowFetch: ['127.0.0.2'],
    resolve: async host => {
      const [first, later] = turns[host] ?? [host, host];
      const address = looks.includes(host) ? later : first;
      looks.push(host);
      return [{ address, family: 4 }];
    },
  });
  const urls = Object.keys(turns).map(host => `http://${host}:${rebindPort}/`);
  const attempts = urls.map(
    url => `new Image().src = '${url}' + n; fetch('${url}' + n, { mode: 'no-cors' }).catch(() => {});
      try { new WebSocket('${url}'.replace('http', 'ws') + n) } catch {}`,
  );
  const html = `<p>still prints</p>${urls.map(url => `<iframe src="${url}"></iframe>`).join('')}
    <script>for (let n = 0; n < 5; n++) { ${attempts.join('\n')} }</script>`;

  const result = await renderPdf(rebinding, { ...base, content: { kind: 'html', html } });

  await rebinding.close();
  forbidden.close();
  allowed.close();
  expect((await textOfPdf(result.pdf)).join()).toContain('still prints');
  expect(hits).toEqual([]);
  expect(reached).toBeGreaterThan(0);
  for (const host of Object.keys(turns)) expect(looks.filter(look => look === host).length).toBeGreaterThan(2);
  expect(result.warnings.join()).toContain('private');
});

const base: Omit<RenderRequest, 'content'> = {
  paper: { width: 210, height: 297 },
  backgrounds: true,
  media: 'print',
  fullLoad: true,
  scripts: true,
  deadlineMs: 60_000,
};

test.each(['markup', 'markup under an address', 'page'] as const)('%s reaches no listener and prints', async kind => {
  const html = page(spellings());
  const content: RenderRequest['content'] = {
    markup: { kind: 'html' as const, html },
    'markup under an address': { kind: 'html' as const, html, baseUrl: 'http://localhost/app/page.html' },
    page: { kind: 'url' as const, url: `http://site.example:${sitePort}/` },
  }[kind];

  const result = await renderPdf(pool, { ...base, content });

  // Late requests of a worker or peer connection must be late here too.
  await new Promise(resolve => setTimeout(resolve, 1_000));
  expect(hits).toEqual([]);
  const text = (await textOfPdf(result.pdf)).join();
  expect(text).toContain('still prints');
  expect(text).not.toContain('root:');
  expect(result.warnings.join()).toContain('private');
});

test('headers, custom scripts and page addresses reach no listener either', async () => {
  const target = `http://127.0.0.1:${port}/`;
  const html = `<img src="${target}">&p<style>@import "${target}css"</style><img src=x onerror="fetch('${target}')">`;
  const result = await renderPdf(pool, {
    ...base,
    content: { kind: 'html', html: '<p>still prints' },
    customScript: `fetch('${target}').catch(() => {})`,
    headersAndFooters: { header: { kind: 'html', html }, font: `background:url(${target})`, now: new Date() },
  });
  expect((await textOfPdf(result.pdf)).join()).toContain('still prints');

  const addresses = [
    ...spellings().map(host => `http://${host}:${port}/`),
    `http://site.example:${sitePort}/?to=${encodeURIComponent(target)}`,
    ...[
      'file:///etc/passwd',
      `view-source:${target}`,
      'chrome://version',
      'data:text/html,x',
      'javascript:1',
      'about:blank',
    ],
    ...['http://169.254.169.254/latest/meta-data/', 'http://[fd00:ec2::254]/', 'ftp://127.0.0.1/'],
  ];
  for (const url of addresses) {
    const refused = renderPdf(pool, { ...base, content: { kind: 'url', url } });
    await expect(refused, url).rejects.toMatchObject({ code: 'forbidden-address' });
  }
  expect(hits).toEqual([]);
});

test('the listeners receive allowed requests', async () => {
  const open = await openBrowserPool({ allowFetch: [`127.0.0.1:${port}`] });
  const html = page(['127.0.0.1']);
  const result = await renderPdf(open, { ...base, content: { kind: 'html', html } });
  await open.close();
  expect(hits.filter(hit => hit === 'IPv4').length).toBeGreaterThan(10);
  expect(result.pageCount).toBeGreaterThan(0);
});
