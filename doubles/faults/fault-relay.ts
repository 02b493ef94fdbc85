import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Machine, until } from '../machine.ts';

const root = resolve(import.meta.dirname, '../..');

/** `internal`: started by the server. `external`: a process of its own at a location of its own. */
export type RelayKind = 'internal' | 'external';

interface Addresses {
  /** of the server, for an external relay */
  https: string;
  mqttPort: number;
}

/** The relay of a scene, and a clone of it. */
export class FaultRelay {
  readonly data: string;
  readonly #kind: RelayKind;
  readonly #machine: Machine;
  readonly #printerUri: string;
  readonly #addresses: Addresses;
  #running: ChildProcess | undefined;
  #clone: ChildProcess | undefined;
  #left: number[] = [];
  #brokerPort: number | undefined;

  constructor(kind: RelayKind, machine: Machine, printerUri: string, addresses: Addresses) {
    this.#kind = kind;
    this.#machine = machine;
    this.#printerUri = printerUri;
    this.#addresses = addresses;
    this.data = join(machine.data, kind === 'internal' ? 'relay' : 'relay-of-site');
  }

  /** How clients name its printer. */
  get printer(): string {
    return this.#kind === 'internal' ? 'office:p' : 'site:p';
  }

  /** Of the broker, as the relay learnt it. */
  get brokerPort(): number {
    this.#brokerPort ??= JSON.parse(readFileSync(join(this.data, 'identity.json'), 'utf8')).mqtt.port as number;
    return this.#brokerPort;
  }

  get pids(): number[] {
    if (this.#kind === 'internal') return relaysOf(this.#machine.pid);
    return this.#running?.pid === undefined ? [] : [this.#running.pid];
  }

  /** Enrols and starts an external relay, and activates its printer. */
  async enrol(): Promise<void> {
    if (this.#kind === 'internal') return;
    const call = (method: string, path: string, body: object = {}) =>
      this.#machine.call(method, `/platen/v1/${path}`, JSON.stringify(body), { 'content-type': 'application/json' });
    await call('PUT', 'locations/site');
    const { code } = (await (await call('POST', 'locations/site/enrolment-codes')).json()) as { code: string };
    this.start('--enrol', this.#addresses.https, '--code', code, '--allow-http');
    await until(async () => (await call('PATCH', 'printers/site:p', { active: true })).ok);
  }

  start(...args: string[]): void {
    if (this.#kind === 'internal') return;
    this.#running = this.#spawn(this.data, ['--printer', `p=${this.#printerUri}`, ...args]);
  }

  startClone(data: string): void {
    this.#clone = this.#spawn(data, []);
  }

  signal(signal: NodeJS.Signals): void {
    for (const pid of this.pids) killIfThere(pid, signal);
  }

  /** Kills it; a service manager starts it again. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    this.start();
  }

  /** Before the server is killed: notes what must not outlive it. */
  async forget(): Promise<void> {
    this.#left = this.pids;
  }

  async killLeft(): Promise<void> {
    for (const pid of this.#left.splice(0)) killIfThere(pid, 'SIGKILL');
  }

  async remove(): Promise<void> {
    await this.forget();
    this.#clone?.kill('SIGKILL');
  }

  #spawn(data: string, args: string[]): ChildProcess {
    const all = ['relay/main.ts', '--data', data, '--status-port', '0'];
    const mqtt = this.#kind === 'external' ? ['--mqtt-port', String(this.#addresses.mqttPort)] : [];
    return spawn(process.execPath, [...all, ...mqtt, ...args], { cwd: root, stdio: 'ignore' });
  }
}

function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
}

/** Process ids of the relays that a server has started [proc(5)]. */
function relaysOf(server: number | undefined): number[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return pids.map(Number).filter(pid => {
    try {
      const parent = Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
      return parent === server && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('relay/main.ts');
    } catch {
      return false; // it has ended
    }
  });
}
