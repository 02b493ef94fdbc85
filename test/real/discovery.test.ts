import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { discoverPrinters } from '../../relay/discovery/dns-sd.ts';
import { lookupPrinter } from '../../relay/discovery/local-names.ts';

/** Avahi as the printers' responder, on a bus of its own: `apt-get install -y avahi-daemon avahi-utils dbus`. */
let folder = '';
const running: ChildProcess[] = [];

function run(program: string, ...args: string[]): void {
  const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${join(folder, 'bus')}` };
  running.push(spawn(program, args, { env, stdio: 'ignore' }));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-avahi-'));
  const rules = '<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>';
  const bus = `<busconfig><listen>unix:path=${join(folder, 'bus')}</listen><policy context="default">${rules}</policy></busconfig>`;
  await writeFile(join(folder, 'bus.conf'), bus);
  run('dbus-daemon', `--config-file=${join(folder, 'bus.conf')}`, '--nofork', '--nopidfile');
  await vi.waitFor(() => execFileSync('test', ['-S', join(folder, 'bus')]), 10_000);
  run('avahi-daemon', '--no-drop-root', '--no-chroot', '--no-rlimits', '--no-proc-title');
});
afterEach(async () => {
  for (const each of running.splice(0).reverse()) {
    const ended = once(each, 'exit');
    if (each.kill('SIGKILL')) await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

it('printers that Avahi announces are found, and their names resolved', { timeout: 120_000 }, async () => {
  run('avahi-publish', '-f', '-s', 'Platen test laser', '_ipp._tcp', '8641', 'rp=ipp/print', 'ty=Example Laser');
  run('avahi-publish', '-f', '-s', 'Platen test label', '_pdl-datastream._tcp', '9100');

  const found = await vi.waitFor(
    async () => {
      const all = (await discoverPrinters(2000)).filter(({ info }) => info.startsWith('Platen test'));
      expect(all).toHaveLength(2);
      return all;
    },
    { timeout: 90_000, interval: 10 },
  );
  const { hostname } = new URL(found[0]?.uri ?? '');
  const resolved = await new Promise(resolve =>
    lookupPrinter(hostname, {}, (error, address) => resolve(error ?? address)),
  );

  expect(found).toMatchObject([
    {
      name: 'Platen-test-laser',
      uri: expect.stringMatching(/^ipp:\/\/.+\.local:8641\/ipp\/print$/),
      model: 'Example Laser',
    },
    { name: 'Platen-test-label', uri: expect.stringMatching(/^socket:\/\/.+\.local$/) },
  ]);
  expect(resolved).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
});
