import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';
import { checkBundle, debOf } from '../../scripts/package/package-relay.ts';
import { nodeProgramOf, stageRelay } from '../../scripts/package/stage-relay.ts';

/*
 * The Debian package in a clean Debian, against `npm start`: installed, killed, upgraded, rolled back, purged. A chroot
 * has no systemd, so `Service` starts the unit's command again whenever it ends. Needs root and a mirror of Debian:
 * `apt-get install -y debootstrap`.
 */

const statusPort = 8631;
const minutes = 60_000;

/** What `Restart=always` does. */
class Service {
  readonly #command: () => ChildProcess;
  #process: ChildProcess | undefined;
  #isStopped = true;

  constructor(command: () => ChildProcess) {
    this.#command = command;
  }

  start(): void {
    this.#isStopped = false;
    const started = this.#command();
    this.#process = started;
    started.once('exit', () => {
      if (!this.#isStopped) this.start();
    });
  }

  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    const running = this.#process;
    this.#isStopped = true;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    await ended;
  }
}

describe('the Debian package of the relay', () => {
  let scratch = '';
  let debian = '';
  let machine: Machine;
  const service = new Service(() =>
    spawn('chroot', ['--userspec=platen-relay:platen-relay', debian, '/usr/lib/platen-relay/bin/platen-relay', 'run'], {
      stdio: 'ignore',
    }),
  );

  const inDebian = (...command: string[]) => execFileSync('chroot', [debian, ...command], { encoding: 'utf8' });
  const printedPages = () => readdirSync(join(debian, 'var/lib/platen-relay/pages'));
  const status = async () =>
    (await (await fetch(`http://127.0.0.1:${statusPort}/status.json`)).json()) as {
      version: string;
      connection?: { isConnected: boolean };
      advice: string[];
    };

  /** A package of this checkout under another version; one that ends at once, too. */
  async function install(version: string, isBroken = false): Promise<void> {
    const folder = join(scratch, `relay-${version}`);
    await stageRelay(folder, version, nodeProgramOf('x64'));
    await checkBundle(folder);
    if (isBroken) await writeFile(join(folder, 'lib/main.mjs'), 'process.exit(1);');
    const name = `platen-relay_${version}_amd64.deb`;
    await writeFile(join(debian, name), await debOf(folder, version, 'x64', 1_700_000_000));
    inDebian('dpkg', '-i', `/${name}`);
    await rm(folder, { recursive: true });
  }

  async function print(): Promise<void> {
    const before = printedPages().length;
    const base64 = Buffer.from('a page\n').toString('base64');
    const submit = () =>
      machine.call('POST', '/platen/v1/jobs', JSON.stringify({ printer: 'branch:desk', document: { base64 } }), {
        'content-type': 'application/json',
      });
    // the server may just have closed a connection that was idle
    const answer = await submit().catch(submit);
    expect(answer.status).toBeLessThan(300);
    await until(() => printedPages().length > before);
  }

  beforeAll(async () => {
    if (spawnSync('which', ['debootstrap']).status !== 0) throw new Error('apt-get install -y debootstrap');
    scratch = await mkdtemp(join(tmpdir(), 'platen-package-'));
    debian = join(scratch, 'debian');
    execFileSync('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', debian], {
      stdio: 'ignore',
    });
    await copyFile('/etc/hosts', join(debian, 'etc/hosts'));
    machine = await Machine.make();
    await machine.start();
    await machine.call('PUT', '/platen/v1/locations/branch');
  }, 10 * minutes);

  afterAll(async () => {
    await service.stop();
    await machine?.remove();
    await rm(scratch, { recursive: true, force: true });
  });

  it('is installed, enrols and prints, within a minute', { timeout: minutes }, async () => {
    await install('0.1.0');
    service.start();
    const { code } = JSON.parse(await machine.text('POST', '/platen/v1/locations/branch/enrolment-codes'));
    inDebian('platen-relay', 'enrol', machine.facts.endpoint, code);
    inDebian('runuser', '-u', 'platen-relay', '--', 'mkdir', '/var/lib/platen-relay/pages');
    inDebian('platen-relay', 'printers', 'add', 'desk', 'file:///var/lib/platen-relay/pages');
    await machine.call('PATCH', '/platen/v1/printers/branch:desk', '{"active": true}', {
      'content-type': 'application/json',
    });
    await until(async () => (await status()).connection?.isConnected);

    await print();

    expect(inDebian('platen-relay', 'status')).toMatch(/desk: ready/);
    expect(inDebian('stat', '-c', '%U %a', '/var/lib/platen-relay/relay.key').trim()).toBe('platen-relay 600');
  });

  it('prints again after kill -9', { timeout: minutes }, async () => {
    service.kill();

    await print();
  });

  it('is upgraded', { timeout: 2 * minutes }, async () => {
    await service.stop();
    await install('0.1.1');
    service.start();

    await print();

    expect((await status()).version).toBe('0.1.1');
  });

  it('goes back to the release before when the new one does not come up', { timeout: 2 * minutes }, async () => {
    await service.stop();
    await install('0.1.2', true);
    service.start();

    await print();

    const { version, advice } = await status();
    expect(version).toBe('0.1.1');
    expect(advice.join()).toContain('Release 0.1.2 is installed and did not come up');
  });

  it('leaves nothing behind when it is purged', { timeout: minutes }, async () => {
    await service.stop();

    inDebian('dpkg', '--purge', 'platen-relay');

    const left = ['usr/lib/platen-relay', 'var/lib/platen-relay', 'etc/default/platen-relay', 'usr/bin/platen-relay'];
    expect(left.filter(path => existsSync(join(debian, path)))).toEqual([]);
  });
});
