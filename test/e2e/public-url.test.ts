import { readdir, readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';

/*
 * A server behind a proxy or a router with port forwarding: addresses that it returns can be used from outside.
 */

let proxy: Server;
let machine: Machine;
let origin: string;

beforeAll(async () => {
  proxy = createServer(outer => {
    const inner = connect(Number(new URL(machine.facts.endpoint).port), '127.0.0.1');
    for (const [from, to] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
  origin = `http://localhost:${(proxy.address() as AddressInfo).port}`;
  machine = await Machine.make(['--public-url', origin]);
  await machine.start();
});

afterAll(async () => {
  await machine.remove();
  proxy.close();
});

test('addresses of uploads use the public address', async () => {
  const headers = { 'x-api-key': machine.facts.key };
  const answer = await fetch(`${origin}/v1/file/upload/get-presigned-url?name=a.txt`, { headers });
  const { presignedUrl, url } = (await answer.json()) as { presignedUrl: string; url: string };

  expect([new URL(presignedUrl).origin, new URL(url).origin]).toEqual([origin, origin]);
  const put = await fetch(presignedUrl, { method: 'PUT', body: 'hello' });
  expect(put.status).toBe(200);
  expect(await (await fetch(url)).text()).toBe('hello');
});

test('relays fetch their documents by the public address', async () => {
  const document = Buffer.from('%PDF-1.7\nthrough the proxy\n');

  const answer = await machine.call('PUT', '/api/putfile?targets=office:folder&title=proxied.pdf', document);

  expect(answer.status).toBe(200);
  const folder = join(machine.data, 'printed');
  let names: string[] = [];
  for (let look = 0; names.length === 0 && look < 300; look++) {
    names = (await readdir(folder)).filter(name => name.endsWith('.pdf'));
    await sleep(100);
  }
  expect(await readFile(join(folder, names[0] as string))).toEqual(document);
});

test('the relay of the machine connects without the public name', async () => {
  const hidden = await Machine.make(['--public-url', 'https://print.example.invalid']);
  onTestFinished(() => hidden.remove());
  await hidden.start();

  await until(async () => (await hidden.call('GET', '/readyz')).ok);
});
