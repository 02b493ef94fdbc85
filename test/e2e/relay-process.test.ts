import { once } from 'node:events';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startIppPrinter } from '../../doubles/ipp-printer.ts';
import { RelaySite, until } from '../../doubles/relay-site.ts';
import { startSocketSink } from '../../doubles/socket-sink.ts';

const document = Buffer.from('%PDF-1.7\nhello');

async function siteWithFolder() {
  const site = await RelaySite.start();
  const out = join(site.folder, 'out');
  await mkdir(out);
  return { site, out, start: () => site.startRelay('--printer', `office=${out}`) };
}

test('a relay enrols, registers its devices and prints', async () => {
  const { site, out, start } = await siteWithFolder();
  start();

  const ticket = await site.submit(1, 'office', document);
  const end = await site.endOf(ticket);
  const register = await until(() => site.heard.find(message => message.type === 'register'));

  expect(end).toMatchObject({ state: 'completed' });
  const [name] = await readdir(out);
  expect(await readFile(join(out, name as string))).toEqual(document);
  expect(register.devices).toMatchObject([{ deviceId: 'office', scheme: 'folder', state: 'idle' }]);
});

test('the key is readable by its owner only and does not leave the machine', async () => {
  const { site, start } = await siteWithFolder();
  start();
  await until(() => site.heard.length > 0);

  const path = join(site.data, 'relay.key');
  const key = await readFile(path, 'utf8');

  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(JSON.stringify(site.enrolments)).not.toContain(key.split('\n')[1]);
});

test('after a lost response the same request is sent again, also by the next process', async () => {
  const { site, start } = await siteWithFolder();
  site.withheld.add('enrolment');
  start();
  await until(() => site.enrolments.length >= 2);

  await site.killRelay();
  site.withheld.clear();
  start();
  await until(() => site.heard.length > 0);

  expect(site.enrolments.length).toBeGreaterThanOrEqual(3);
  expect(new Set(site.enrolments.map(({ csr }) => csr)).size).toBe(1);
});

test('the configuration is kept for the next start', async () => {
  const { site, start } = await siteWithFolder();
  start();
  await until(() => site.heard.length > 0);
  await site.killRelay();
  site.startRelay();

  const ticket = await site.submit(1, 'office', document);

  expect(await site.endOf(ticket)).toMatchObject({ state: 'completed' });
  expect(site.enrolments).toHaveLength(1);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it cleanly', async signal => {
  const { site, start } = await siteWithFolder();
  const relay = start();
  await until(() => site.heard.length > 0);

  relay.kill(signal);
  const [code] = await once(relay, 'exit');

  expect(code).toBe(0);
});

test('it ends with its parent process', async () => {
  const { site, start } = await siteWithFolder();
  const relay = start();
  await until(() => site.heard.length > 0);

  relay.disconnect();
  const [code] = await once(relay, 'exit');

  expect(code).toBe(0);
});

test('a second process on the same folder is refused with the reason', async () => {
  const { site, start } = await siteWithFolder();
  start();
  await until(() => site.heard.length > 0);
  const first = site.relay;

  const second = start();
  let said = '';
  second.stderr?.on('data', chunk => {
    said += chunk;
  });
  const [code] = await once(second, 'exit');
  site.relay = first;

  expect(code).toBe(1);
  expect(said).toBe('platen-relay: Another relay is running on this data folder.\n');
});

test('the log contains no presigned address', async () => {
  const { site, start } = await siteWithFolder();
  const relay = start();
  let said = '';
  relay.stderr?.on('data', chunk => {
    said += chunk;
  });

  await site.endOf(await site.submit(1, 'office', document));
  await until(() => said.includes('job-ended'));

  expect(said).not.toContain(site.url);
});

test('it reconnects after a broker outage, and prints the jobs submitted meanwhile', async () => {
  const { site, start } = await siteWithFolder();
  start();
  const first = await site.submit(1, 'office', document);
  await site.endOf(first);

  let second = first;
  await site.withoutBroker(async () => {
    second = await site.submit(2, 'office', document);
  });

  expect(await site.endOf(second)).toMatchObject({ state: 'completed' });
});

test('jobs that ended during a broker outage are reported afterwards', async () => {
  const site = await RelaySite.start();
  const sink = await startSocketSink({ traps: { lateMilliseconds: 200 } });
  onTestFinished(() => sink.stop());
  site.startRelay('--printer', `office=${sink.uri}`);
  const ticket = await site.submit(1, 'office', document);
  await until(() => sink.connections.some(({ octets }) => octets > 0));

  await site.withoutBroker(() => until(() => sink.connections.every(({ isWhole }) => isWhole)).then(() => sleep(300)));

  expect(await site.endOf(ticket)).toMatchObject({ state: 'completed' });
});

test('a cancel reaches the printer', async () => {
  const site = await RelaySite.start();
  const printer = await startIppPrinter({ printMilliseconds: 60_000 });
  onTestFinished(() => printer.stop());
  site.startRelay('--printer', `office=${printer.uri}`);
  const ticket = await site.submit(1, 'office', document);
  await until(() => printer.jobs.some(({ state }) => state === 'processing'));

  await site.cancel(ticket);

  expect(await site.endOf(ticket)).toMatchObject({ state: 'canceled' });
  expect(printer.jobs.map(({ state }) => state)).toEqual(['canceled']);
});
