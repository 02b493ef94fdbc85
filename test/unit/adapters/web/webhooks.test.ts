import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { webhooks } from '../../../../shared/adapters/web/webhooks.ts';
import { useAllowFetch } from '../../../../shared/protocol/config.ts';
import { configureLog } from '../../../../shared/telemetry/log.ts';

/* Callbacks of jobs, posted to a receiver on this machine that the operator allows. */

let received: { method?: string; headers: IncomingMessage['headers']; body: string }[];
let lines: Record<string, unknown>[];
let undo: () => void;
let host: string;
const server = createServer(async (request, response) => {
  const body = String(Buffer.concat(await request.toArray()));
  received.push({ method: request.method, headers: request.headers, body });
  const status = Number(/\d+/.exec(request.url ?? '')?.[0]);
  response.writeHead(status).write('x'.repeat(5000));
  if (!request.url?.endsWith('for/ever')) response.end();
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  received = [];
  lines = [];
  undo = configureLog({ format: 'json', write: line => lines.push(JSON.parse(line)) });
  useAllowFetch([host]);
});
afterEach(() => {
  undo();
  useAllowFetch(undefined);
});

it.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [299, 'delivered'],
  [300, 'failed'],
  [404, 'failed'],
  [500, 'failed'],
])('the answer %i means: %s', async (status, outcome) => {
  expect(await webhooks.post(`http://${host}/${status}`, '{"name":"Größe"}')).toBe(outcome);
  expect(received).toMatchObject([
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '18' },
      body: '{"name":"Größe"}',
    },
  ]);
  expect(lines).toMatchObject(outcome === 'delivered' ? [] : [{ event: 'callback-failed', host, status }]);
});

it('the body of an answer is not waited for, and its connection is closed', async () => {
  const closed = once(server, 'request').then(([, response]) => once(response, 'close'));

  expect(await webhooks.post(`http://${host}/200/for/ever`, '{}')).toBe('delivered');
  await closed;
});

it.each([
  ['http://127.0.0.1:1/', 'refused', 'forbidden-address'],
  ['file:///etc/passwd', 'refused', 'forbidden-address'],
  ['no address', 'refused', 'bad-address'],
])('%s is %s and not tried again', async (url, outcome, code) => {
  expect(await webhooks.post(url, '{}')).toBe(outcome);
  expect(lines).toMatchObject([{ event: 'callback-failed', code }]);
});

it('a receiver that does not answer may be tried again', async () => {
  useAllowFetch(['127.0.0.1:9']);

  expect(await webhooks.post('http://127.0.0.1:9/', '{}')).toBe('failed');
  expect(lines).toMatchObject([{ code: 'not-reachable' }]);
});
