import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { RunOptions } from '../../../relay/command-line.ts';
import { runRelay } from '../../../relay/run.ts';
import { readConfig, readIdentity, writeConfig } from '../../../relay/settings.ts';
import type { BrokerEvent } from '../../../shared/adapters/embedded/mqtt/relay-sessions.ts';
import { version } from '../../../shared/protocol/version.ts';
import { startBrokerFixture, temporaryFolder } from '../adapters/embedded/mqtt/broker-fixture.ts';
import { enrolledFolder, relayId, startEnrolmentServer } from './enrolment-server.ts';
import { addressOf, ticket, until } from './relay-fixture.ts';

/** A cloud of a broker and a server, and the folder of a relay that has enrolled there. */
async function startCloud(port?: number) {
  // tries to connect again follow each other at once
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  const fixture = await startBrokerFixture();
  /** where the server says that the broker is */
  const mqtt = { host: 'localhost', port: port ?? fixture.broker.port };
  const identities = fixture.ca.identities(mqtt);
  const server = await startEnrolmentServer(identities);
  const { folder, identity } = structuredClone(await enrolledFolder(server.url));
  const seen = new Set<BrokerEvent>();
  /** The next event of a type. */
  const next = async (type: string) => {
    const found = await fixture.event(event => event.type === type && !seen.has(event));
    seen.add(found);
    return found;
  };
  const start = async (options: Partial<RunOptions> = {}, isNew = false) => {
    const given = { data: '', printers: {}, logins: {}, statusPort: 0, discover: false, ...options };
    const relay = await runRelay(folder, { identity, isNew }, given);
    onTestFinished(() => relay.stop());
    return relay;
  };
  return { ...fixture, ...server, folder, identity, next, start, identities, mqtt };
}

const outbox = async () => {
  const path = await temporaryFolder();
  return { path, uri: `file://${path}` };
};

async function serveDocument(content: string) {
  const server = createServer((_request, response) => void response.end(content)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    octets: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  };
}

test('a relay that runs prints what the cloud has for it, says what became of it, and stops', async () => {
  const cloud = await startCloud();
  const { path, uri } = await outbox();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { view, stop } = await cloud.start({ printers: { office: uri } }, true);
  const given = ticket(1, await serveDocument('%PDF of a page'));

  const [fetched, registered] = [await cloud.next('fetch'), await cloud.next('register')];
  await cloud.broker.publish(relayId, { type: 'tickets', tickets: [given], more: false });
  const acknowledged = await cloud.next('acknowledge');
  await cloud.broker.publish(relayId, { type: 'granted', ...addressOf(given), ask: 1 });
  const reported = await cloud.next('report');
  const { connection, devices, held, identity, troubles } = view();
  await stop();
  await cloud.next('disconnected');

  expect(fetched).toMatchObject({ holds: [], instance: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(fetched).not.toHaveProperty('lost');
  expect(registered).toMatchObject({ devices: [{ deviceId: 'office', state: 'idle' }] });
  expect(acknowledged).toMatchObject({ ...addressOf(given), ask: 1, instance: fetched.instance });
  expect(reported).toMatchObject({ ...addressOf(given), state: 'completed' });
  const [file = ''] = await readdir(path);
  expect(await readFile(join(path, file), 'utf8')).toBe('%PDF of a page');
  expect(connection).toMatchObject({ isConnected: true, detail: `localhost:${cloud.broker.port}` });
  expect(devices).toMatchObject([{ deviceId: 'office', uri, device: { state: 'idle' } }]);
  expect([held.map(({ stage }) => stage), identity, troubles]).toEqual([['ended'], cloud.identity, []]);
  expect((await readFile(cloud.folder.goodVersion, 'utf8')).trim()).toBe(version);
  expect(view().connection.isConnected).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  ['has lost its journal', ''],
  ["'s journal was damaged", `torn\n${crc32('["key",null]').toString(16).padStart(8, '0')} ["key",null]\n`],
])('a relay that %s says so until it is whole', async (lost, content) => {
  const cloud = await startCloud();
  if (content) await writeFile(cloud.folder.journal, content);
  const { stop } = await cloud.start();
  const first = await cloud.next('fetch');
  await stop();

  await cloud.start();
  const second = await cloud.next('fetch');

  expect(first.lost).toContain(lost);
  expect([second.lost, second.instance === first.instance]).toEqual([undefined, false]);
});

test('a printer with an unusable address is named, and the others work', async () => {
  const cloud = await startCloud();
  const { uri } = await outbox();

  await cloud.start({ printers: { wrong: 'ftp://printer', office: uri } });

  const { devices } = await cloud.next('register');
  expect(devices).toMatchObject([
    { deviceId: 'wrong', state: 'stopped', stateReasons: ['address-invalid'] },
    { deviceId: 'office', state: 'idle' },
  ]);
});

test('a printer that is added to the configuration is taken in while the relay runs', async () => {
  const cloud = await startCloud();
  const [office, stores] = [await outbox(), await outbox()];
  const { view } = await cloud.start({ printers: { office: office.uri } });
  await cloud.next('register');
  const config = await readConfig(cloud.folder);

  await writeConfig(cloud.folder, { ...config, printers: { ...config.printers, stores: stores.uri } });
  const { devices } = await cloud.next('register');
  const given = ticket(1, { deviceId: 'stores', ...(await serveDocument('%PDF')) });
  await cloud.broker.publish(relayId, { type: 'tickets', tickets: [given], more: false });

  expect(await cloud.next('acknowledge')).toMatchObject(addressOf(given));
  expect(devices).toMatchObject([{ deviceId: 'office' }, { deviceId: 'stores', state: 'idle' }]);
  expect(view().devices.map(({ deviceId }) => deviceId)).toEqual(['office', 'stores']);
});

test('a relay without its key does not start', async () => {
  const cloud = await startCloud();
  await rm(cloud.folder.key);

  await expect(cloud.start()).rejects.toThrow(`The key of this relay is missing: ${cloud.folder.key}.`);
});

test('a relay whose broker has moved asks its server where it is', async () => {
  const cloud = await startCloud(1);
  cloud.mqtt.port = cloud.broker.port;

  const { view } = await cloud.start();
  await cloud.next('connected');

  expect(view().identity.mqtt).toEqual(cloud.mqtt);
  expect(await readIdentity(cloud.folder)).toEqual(view().identity);
});

test('a relay finds its broker by another name and port where its options say so, and has come up then', async () => {
  const cloud = await startCloud();
  for (const known of [cloud.identity.mqtt, cloud.mqtt]) Object.assign(known, { host: 'nowhere.invalid', port: 1 });
  const [start, end] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')];
  onTestFinished(() => {
    for (const spy of [start, end]) spy.mockRestore();
  });

  await cloud.start({ mqttHost: 'localhost', mqttPort: cloud.broker.port, comeUpWithin: 61 });
  await cloud.next('fetch');

  const [limit] = start.mock.calls.flatMap(([, milliseconds], call) =>
    milliseconds === 61_000 ? [start.mock.results[call]?.value] : [],
  );
  expect(limit).toBeDefined();
  expect(end).toHaveBeenCalledWith(limit);
});

test('a certificate that ends soon is renewed at the start', async () => {
  const cloud = await startCloud();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2049-12-01') });
  onTestFinished(() => void vi.useRealTimers());

  const { view } = await cloud.start();
  await until(() => view().identity.certificate !== cloud.identity.certificate);

  expect(await readIdentity(cloud.folder)).toEqual(view().identity);
});

test('a relay that was replaced says so, and prints nothing more', async () => {
  const cloud = await startCloud();
  const { view, replaced } = await cloud.start({ printers: { office: (await outbox()).uri } });
  await cloud.next('fetch');
  cloud.refuse(410, '{"detail":"Relay relay-2 is in its place."}');

  await cloud.identities.revoke(relayId);
  await replaced;

  expect(cloud.asked.at(-1)).toMatchObject({ path: '/platen/v1/relays/renew', body: { relayId } });
  expect(view()).toMatchObject({ lostPlace: 'Relay relay-2 is in its place.', connection: { isConnected: false } });
});

test('a relay that is refused asks its server until that answers, and then no more for a while', async () => {
  const cloud = await startCloud();
  const { view } = await cloud.start();
  await cloud.next('fetch');
  const renewals = () => cloud.asked.filter(({ path }) => path === '/platen/v1/relays/renew').length;
  cloud.refuse(503);

  await cloud.identities.revoke(relayId);
  await until(() => renewals() > 1);
  cloud.refuse();
  await until(() => view().identity.certificate !== cloud.identity.certificate);
  const answered = renewals();

  expect(await readIdentity(cloud.folder)).toEqual(view().identity);
  expect(renewals()).toBe(answered);
});
