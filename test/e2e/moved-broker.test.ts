import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

test('a relay whose broker moved while it was away asks its server for it, and keeps its enrolment', async () => {
  const machine = await Machine.make();
  onTestFinished(() => machine.remove());
  await machine.start('--mqtt-port', await freePort());
  const json = { 'content-type': 'application/json' };
  expect((await machine.call('PUT', '/platen/v1/locations/shop', '{}', json)).ok).toBe(true);
  const answer = await machine.call('POST', '/platen/v1/locations/shop/enrolment-codes', '{}', json);
  const { code } = (await answer.json()) as { code: string };
  const data = await mkdtemp(join(tmpdir(), 'platen-relay-'));
  const running: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const relay of running) relay.kill('SIGKILL');
    await rm(data, { recursive: true, force: true });
  });
  const startRelay = (...more: string[]) => {
    const args = ['relay/main.ts', '--data', data, '--status-port', '0', '--printer', `p=${data}`, ...more];
    const relay = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    running.push(relay);
    const started = { relay, output: '' };
    relay.stderr.on('data', chunk => {
      started.output += chunk;
    });
    return started;
  };
  const { endpoint } = machine.facts;
  const first = startRelay('--enrol', endpoint, '--code', code);
  await until(() => first.output.includes('relay-connected'));
  const idOf = (output: string) => /"event":"relay-connected","relayId":"([^"]+)"/.exec(output)?.[1];
  first.relay.kill('SIGKILL');
  await once(first.relay, 'exit');

  await machine.end();
  await machine.start('--port', new URL(endpoint).port, '--mqtt-port', await freePort());
  const second = startRelay();
  await until(() => second.output.includes('relay-connected'));

  expect(second.output).toContain('certificate-renewed');
  expect(idOf(second.output)).toBe(idOf(first.output));
});
