import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { companyId, ensureRegistry, locationId } from '../../../server/first-start.ts';
import {
  deadLetterWarnings,
  diskCheck,
  type HealthParts,
  makeHealthHandler,
  portCheck,
  relayCheck,
} from '../../../server/health.ts';
import type { QueueDepth } from '../../../shared/adapters/embedded/queue/queue.ts';
import { configureLog } from '../../../shared/telemetry/log.ts';
import { openWorld, type World } from '../world.ts';
import { ask } from './ask.ts';

const fails = () => {
  throw new Error('It is full.');
};
const metrics = { contentType: 'text/plain; version=0.0.4', text: async () => 'platen_jobs_accepted_total 3\n' };
const askHealth = (url: string, parts: Partial<HealthParts> = {}, more: Partial<Parameters<typeof ask>[1]> = {}) =>
  ask(makeHealthHandler({ healthy: {}, ready: {}, warnings: async () => [], metrics, ...parts }), { url, ...more });

describe('what a supervisor asks', () => {
  it.each([
    ['/healthz', 200, { status: 'ok', checks: { database: 'ok' } }],
    ['/readyz?verbose', 503, { status: 'failed', checks: { database: 'ok', relay: 'It is full.' } }],
  ])('%s is %i while the process works and documents do not reach paper', async (url, status, body) => {
    const answer = await askHealth(url, { healthy: { database() {} }, ready: { relay: fails } });

    expect([answer.isHandled, answer.status, JSON.parse(String(answer.body))]).toEqual([true, status, body]);
    expect(answer.headers).toEqual({
      ...{ 'content-type': 'application/json', 'cache-control': 'no-store' },
      'content-length': Buffer.byteLength(String(answer.body)),
    });
  });

  it.each(['/healthz', '/readyz'])('%s fails with any check of the process, and logs which', async url => {
    const lines: object[] = [];
    const undo = configureLog({ format: 'json', write: line => lines.push(JSON.parse(line)) });
    const answer = await askHealth(url, { healthy: { database() {}, disk: async () => fails() } });
    undo();

    const checks = { database: 'ok', disk: 'It is full.' };
    expect([answer.status, JSON.parse(String(answer.body))]).toEqual([503, { status: 'failed', checks }]);
    expect(lines).toMatchObject([{ level: 'warn', event: 'health-check-failed', checks }]);
  });

  it('logs no check that is good', async () => {
    const lines: string[] = [];
    const undo = configureLog({ write: line => lines.push(line) });
    await askHealth('/healthz', { healthy: { database() {} } });
    undo();

    expect(lines).toEqual([]);
  });

  it('shows warnings to those who ask whether it is ready, and they fail nothing', async () => {
    const warnings = async () => ['Others can read it.'];

    const ready = await askHealth('/readyz', { warnings });
    expect([ready.status, JSON.parse(String(ready.body)).warnings]).toEqual([200, ['Others can read it.']]);
    expect(String((await askHealth('/healthz', { warnings })).body)).not.toContain('warnings');
  });

  it.each([
    ['/healthz', 'HEAD', true],
    ['/healthz', 'POST', false],
    ['/healthz/', 'GET', false],
    ['/', 'GET', false],
  ])('takes %s with %s: %s', async (url, method, isHandled) => {
    expect(await askHealth(url, {}, { method })).toMatchObject({ isHandled });
  });
});

describe('metrics', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('are shown to a program at %s', async address => {
    const answer = await askHealth('/metrics', {}, { remoteAddress: address });

    expect(answer).toMatchObject({ status: 200, body: 'platen_jobs_accepted_total 3\n' });
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4');
  });

  it.each([
    ['192.0.2.1', {}],
    ['10.127.0.1', {}],
    ['::10', {}],
    ['::ffff:192.0.2.1', {}],
    ['127.0.0.1', { 'x-forwarded-for': '192.0.2.1' }],
    ['127.0.0.1', { forwarded: 'for=192.0.2.1' }],
  ])('are not shown to %s with %j', async (remoteAddress, headers) => {
    const { status, body } = await askHealth('/metrics', {}, { remoteAddress, headers });

    expect(status).toBe(403);
    expect(body).not.toContain('platen_jobs');
  });
});

describe('a check', () => {
  it.each([
    [256 * 1024, 1024, undefined],
    [256 * 1024 - 1, 1024, 'Only 256 MB are free'],
    [100, 1024 ** 2, 'Only 100 MB are free'],
    [0, 4096, 'Only 0 MB are free'],
  ])('of a disk with %d free blocks of %d octets: %s', async (bavail, bsize, failure) => {
    const check = diskCheck('data', async () => ({ bavail, bsize, blocks: bavail }));

    if (failure) await expect(check()).rejects.toThrow(failure);
    else await check();
  });

  it('of the disk reads the file system of the folder', async () => {
    await expect(diskCheck('/no/such/folder')()).rejects.toThrow('ENOENT');
  });

  it.each(['127.0.0.1', '0.0.0.0'])('of a port at %s is good as long as something listens', async host => {
    const server = createServer(socket => socket.on('error', () => {}));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const check = portCheck(port, host);
    const connection = once(server, 'connection');

    await check();
    const [socket] = await connection;
    await once(socket.resume(), 'close');
    server.close();
    await once(server, 'close');
    await expect(check()).rejects.toThrow(`port ${port} does not accept connections`);
  });

  it('names the queues that have dead letters, and no others', () => {
    const depth = { messages: 5, oldestSeconds: 9 };
    const depths: QueueDepth[] = [
      { ...depth, queue: 'prepare', deadLetters: 0 },
      { ...depth, queue: 'notify', deadLetters: 2 },
    ];

    expect(deadLetterWarnings({ depths: () => depths })).toEqual([
      'Dead letters of the queue notify: 2. Their jobs wait; see docs/runbook.md#dead-letters.',
    ]);
  });
});

describe('the check of the relay of this machine', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  it.each([
    [undefined, 'Nothing is printed there.'],
    ['It ended with exit code 1.', 'Nothing is printed there. It ended with exit code 1.'],
  ])('fails while it is not connected, and says why: %s', async (why, text) => {
    const check = relayCheck(world.ports, async () => why);
    await expect(check()).rejects.toThrow(`The relay of office is not connected. ${text}`);

    await ensureRegistry(world.ports, 'a key', []);
    await expect(check()).rejects.toThrow('is not connected');
    const location = await world.ports.registry.getLocation(companyId, locationId);
    if (location) await world.ports.registry.saveLocation({ ...location, online: true });
    await check();
  });
});
