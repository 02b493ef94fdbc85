import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';

/** A relay of a site, which enrols by a code. */
async function startRelay({ facts }: Machine, code: string) {
  const data = await mkdtemp(join(tmpdir(), 'platen-relay-'));
  const enrol = ['--enrol', facts.endpoint, '--code', code];
  const args = ['relay/main.ts', '--data', data, '--status-port', '0', '--printer', `p=${data}`, ...enrol];
  const relay = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const started = { output: '' };
  relay.stderr.on('data', chunk => {
    started.output += chunk;
  });
  onTestFinished(async () => {
    relay.kill('SIGKILL');
    await rm(data, { recursive: true, force: true });
  });
  return started;
}

async function codeFor(machine: Machine, body: object): Promise<{ status: number; code: string }> {
  const headers = { 'content-type': 'application/json' };
  const path = '/platen/v1/locations/office/enrolment-codes';
  const answer = await machine.call('POST', path, JSON.stringify(body), headers);
  return { status: answer.status, ...((await answer.json()) as { code: string }) };
}

const readiness = async (machine: Machine) =>
  (await (await machine.call('GET', '/readyz')).json()) as { checks: { relay: string }; warnings?: string[] };

test('a relay that was replaced says so and prints nothing more, and the built-in one takes its place back', async () => {
  const machine = await Machine.make();
  onTestFinished(() => machine.remove());
  await machine.start();
  await until(async () => (await readiness(machine)).checks.relay === 'ok');
  const job = await machine.text('PUT', '/api/putfile?targets=office:folder&title=first', 'first');
  await until(async () => (await machine.job('folder', job)).State === 2);

  // another relay takes the place, on purpose only
  expect(await codeFor(machine, {})).toMatchObject({ status: 409 });
  const { code } = await codeFor(machine, { replace: true });
  const other = await startRelay(machine, code);
  await until(() => machine.output.includes('"event":"relay-lost-its-place"'));
  expect(machine.output).toMatch(/relay-lost-its-place[^\n]*Another relay has taken its place at office/);
  await until(() => other.output.includes('relay-connected'));
  const { warnings = [] } = await readiness(machine);
  const [, relayId] = /^Another relay, (\S+), has the place/.exec(warnings.join()) ?? [];
  expect(relayId).toBeDefined();

  // a restart changes nothing, and says so
  await machine.end();
  await machine.start();
  await until(() => machine.output.includes(`Another relay, ${relayId}, has the place of this machine's relay`));

  // the place is free again
  await machine.call('DELETE', `/platen/v1/relays/${relayId}`);
  const late = await machine.text('PUT', '/api/putfile?targets=office:folder&title=second', 'second');
  await until(async () => (await machine.job('folder', late)).State === 2);
  expect((await readiness(machine)).warnings).toBeUndefined();
});

test('a damaged identity of the built-in relay is named, and the server starts', async () => {
  const machine = await Machine.make();
  onTestFinished(() => machine.remove());
  await machine.start();
  await until(async () => (await readiness(machine)).checks.relay === 'ok');
  await machine.end();
  const identity = join(machine.data, 'relay', 'identity.json');
  await writeFile(identity, '{"relayId');

  await machine.start();

  await until(() => machine.output.includes(`The file ${identity} is damaged.`));
  await until(async () => (await readiness(machine)).checks.relay !== 'ok');
});
