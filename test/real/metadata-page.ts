import { once } from 'node:events';
import { createServer } from 'node:http';
import { openBrowserPool } from '../../shared/adapters/convert/browser/browser.ts';
import { renderPdf } from '../../shared/adapters/convert/page/html-to-pdf.ts';
import { textOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';

/**
 * Runs in the namespace of metadata-canary.test.ts: a page requests the metadata service, and this program reports the
 * result.
 */
const allowFetch = process.argv.slice(2).filter(Boolean);
const heard = new Set<string>();
const metadata = createServer(({ socket }, response) => {
  heard.add(socket.localAddress?.replace('::ffff:', '') ?? '');
  response.writeHead(200, { 'Content-Type': 'text/html' }).end('SECRET');
});
await once(metadata.listen(80, '::'), 'listening');

const hosts = [
  ...['169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.254.43518', '169.16689662'],
  ...['[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[64:ff9b::a9fe:a9fe]', '[fd00:ec2::254]'],
  ...['169.254.170.2', '100.100.100.200'],
];
const urls = hosts.map(host => `http://${host}/latest/meta-data/iam/security-credentials/`);
const html = `<!DOCTYPE html><p>still prints</p>
  ${urls.map(url => `<img src="${url}"><link rel=stylesheet href="${url}"><style>@import "${url}"</style>`).join('')}
  <script>
    const urls = ${JSON.stringify(urls)};
    for (const url of urls) {
      fetch(url, { mode: 'no-cors' }).catch(() => {});
      fetch(url, { method: 'PUT', headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' } }).catch(() => {});
      try { new WebSocket(url.replace('http', 'ws')) } catch {}
    }
    const source = 'for (const url of ' + JSON.stringify(urls) + ') fetch(url, { mode: "no-cors" }).catch(() => {})';
    new Worker(URL.createObjectURL(new Blob([source])));
  </script>`;

const pool = await openBrowserPool({ allowFetch });
const { pdf } = await renderPdf(pool, {
  content: { kind: 'html', html },
  paper: { width: 210, height: 297 },
  backgrounds: true,
  media: 'print',
  fullLoad: true,
  scripts: true,
  deadlineMs: 60_000,
});
const text = (await textOfPdf(pdf)).join();
await pool.close();
metadata.closeAllConnections();
metadata.close();
console.log(JSON.stringify({ heard: [...heard], text }));
