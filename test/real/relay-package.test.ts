import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFDocument } from '@cantoo/pdf-lib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startIppPrinter } from '../../doubles/ipp-printer.ts';
import { Machine, until } from '../../doubles/machine.ts';
import { checkBundle, debOf } from '../../scripts/package/package-relay.ts';
import { nodeProgramOf, stageRelay } from '../../scripts/package/stage-relay.ts';

/*
 * The Debian package in a clean Debian that systemd runs, against `npm start`: installed, killed, upgraded, rolled back,
 * purged. Needs root and a mirror of Debian: `apt-get install -y debootstrap systemd-container`.
 */

const statusPort = 8631;
const minutes = 60_000;
/** Of 10, by `systemd-analyze security`; what is left is mostly that the relay uses the network. */
const exposureAtMost = 2;

/** A Debian whose first process is systemd, in namespaces of its own except for the network. */
class Debian {
  readonly root: string;
  #container: ChildProcess | undefined;

  constructor(root: string) {
    this.root = root;
  }

  async start(): Promise<void> {
    const packages = ['systemd-sysv', 'dbus', 'ca-certificates'];
    const options = ['--variant=minbase', `--include=${packages.join()}`];
    execFileSync('debootstrap', [...options, 'bookworm', this.root], { stdio: 'ignore' });
    await copyFile('/etc/hosts', join(this.root, 'etc/hosts'));
    const booted = ['--boot', '--register=no', '--keep-unit', '--console=pipe', '--directory', this.root];
    this.#container = spawn('systemd-nspawn', booted, { stdio: 'ignore' });
    await until(() => this.#isUp());
  }

  run(...command: string[]): string {
    const entered = ['--target', this.#init(), '--all', ...command];
    return execFileSync('nsenter', entered, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async stop(): Promise<void> {
    const container = this.#container;
    if (!container || container.exitCode !== null || container.signalCode !== null) return;
    const ended = once(container, 'exit');
    container.kill('SIGTERM');
    await ended;
  }

  /** The id of its first process, here. */
  #init(): string {
    const pid = this.#container?.pid;
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  }

  #isUp(): boolean {
    try {
      return this.run('systemctl', 'is-system-running').trim() === 'running';
    } catch {
      // it is still starting
      return false;
    }
  }
}

describe('the Debian package of the relay', () => {
  let scratch = '';
  let debian: Debian;
  let machine: Machine;

  const printedPages = () => readdirSync(join(debian.root, 'var/lib/platen-relay/pages'));
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
    await writeFile(join(debian.root, name), await debOf(folder, version, 'x64', 1_700_000_000));
    debian.run('dpkg', '-i', `/${name}`);
    await rm(folder, { recursive: true });
  }

  async function submit(printer: string, content: string | Uint8Array): Promise<void> {
    const base64 = Buffer.from(content).toString('base64');
    const body = JSON.stringify({ printer, document: { base64 } });
    const call = () => machine.call('POST', '/platen/v1/jobs', body, { 'content-type': 'application/json' });
    // the server may just have closed a connection that was idle
    const answer = await call().catch(call);
    expect(answer.status).toBeLessThan(300);
  }

  async function print(): Promise<void> {
    const before = printedPages().length;
    await submit('branch:desk', 'a page\n');
    await until(() => printedPages().length > before);
  }

  async function activate(printer: string): Promise<void> {
    await machine.call('PATCH', `/platen/v1/printers/${printer}`, '{"active": true}', {
      'content-type': 'application/json',
    });
  }

  beforeAll(async () => {
    const missing = ['debootstrap', 'systemd-nspawn'].some(name => spawnSync('which', [name]).status !== 0);
    if (missing) throw new Error('apt-get install -y debootstrap systemd-container');
    scratch = await mkdtemp(join(tmpdir(), 'platen-package-'));
    debian = new Debian(join(scratch, 'debian'));
    await debian.start();
    machine = await Machine.make();
    await machine.start();
    await machine.call('PUT', '/platen/v1/locations/branch');
  }, 10 * minutes);

  afterAll(async () => {
    await debian?.stop();
    await machine?.remove();
    await rm(scratch, { recursive: true, force: true });
  }, minutes);

  it('is installed, enrols and prints, within a minute', { timeout: minutes }, async () => {
    await install('0.1.0');
    const { code } = JSON.parse(await machine.text('POST', '/platen/v1/locations/branch/enrolment-codes'));
    debian.run('platen-relay', 'enrol', machine.facts.endpoint, code);
    debian.run('runuser', '-u', 'platen-relay', '--', 'mkdir', '/var/lib/platen-relay/pages');
    debian.run('platen-relay', 'printers', 'add', 'desk', 'file:///var/lib/platen-relay/pages');
    await until(async () => (await status()).connection?.isConnected);
    await activate('branch:desk');

    await print();

    expect(debian.run('platen-relay', 'status')).toMatch(/desk: ready/);
    expect(debian.run('stat', '-c', '%U %a', '/var/lib/platen-relay/relay.key').trim()).toBe('platen-relay 600');
  });

  it('has a unit without mistakes that gives it few rights', () => {
    expect(debian.run('systemd-analyze', 'verify', 'platen-relay.service')).toBe('');
    // exits with 1 above the threshold, which is in tenths
    const threshold = `--threshold=${10 * exposureAtMost}`;
    debian.run('systemd-analyze', 'security', '--no-pager', threshold, 'platen-relay.service');
  });

  it('draws pages with the rights of its unit', { timeout: minutes }, async () => {
    const printer = await startIppPrinter({ formats: ['image/pwg-raster'] });
    onTestFinished(() => printer.stop());
    const pdf = await PDFDocument.create();
    pdf.addPage();
    debian.run('platen-relay', 'printers', 'add', 'raster', printer.uri);
    await until(() => debian.run('platen-relay', 'status').includes('raster: ready'));
    await activate('branch:raster');

    await submit('branch:raster', await pdf.save());

    await until(() => printer.jobs[0]?.marked === 'all');
    expect(printer.jobs[0]?.document.toString('latin1', 0, 4)).toBe('RaS2');
  });

  it('prints again after kill -9', { timeout: minutes }, async () => {
    debian.run('systemctl', 'kill', '--signal=KILL', 'platen-relay');

    await print();
  });

  it('is upgraded', { timeout: 2 * minutes }, async () => {
    await install('0.1.1');

    await print();

    expect((await status()).version).toBe('0.1.1');
  });

  it('goes back to the release before when the new one does not come up', { timeout: 2 * minutes }, async () => {
    await install('0.1.2', true);

    await print();

    const { version, advice } = await status();
    expect(version).toBe('0.1.1');
    expect(advice.join()).toContain('Release 0.1.2 is installed and did not come up');
  });

  it('stops in good order', { timeout: minutes }, () => {
    debian.run('systemctl', 'stop', 'platen-relay');

    expect(debian.run('systemctl', 'show', '--property=ActiveState,Result', 'platen-relay').trim().split('\n')).toEqual(
      ['Result=success', 'ActiveState=inactive'],
    );
  });

  it('leaves nothing behind when it is purged', { timeout: minutes }, () => {
    debian.run('systemctl', 'start', 'platen-relay');

    debian.run('dpkg', '--purge', 'platen-relay');

    const left = ['usr/lib/platen-relay', 'var/lib/platen-relay', 'etc/default/platen-relay', 'usr/bin/platen-relay'];
    expect(left.filter(path => existsSync(join(debian.root, path)))).toEqual([]);
    expect(debian.run('systemctl', 'list-units', '--no-legend', '--all', 'platen-relay.service')).toBe('');
  });
});
