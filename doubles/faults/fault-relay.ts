import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Machine, until } from '../machine.ts';
import type { TcpProxy } from './tcp-proxy.ts';

const root = resolve(import.meta.dirname, '../..');

/**
 * `internal`: started by the server. `external`: a process of its own at a location of its own. `pair`: two of these at one
 * location, which can take over from each other.
 */
export type RelayKind = 'internal' | 'external' | 'pair';

/** The lines of an external relay. */
export interface RelayLines {
  /** address of the server */
  https: string;
  mqtt: TcpProxy;
}

interface Identity {
  relayId: string;
  mqtt: { port: number };
}

interface Place {
  relay: string;
  online: boolean;
  standby?: { relay: string; online: boolean };
}

/** A relay of a scene, and a clone of it. */
export class FaultRelay {
  readonly data: string;
  readonly #kind: RelayKind;
  readonly #machine: Machine;
  readonly #printerUri: string;
  readonly #lines: RelayLines;
  #running: ChildProcess | undefined;
  #clone: ChildProcess | undefined;
  #left: number[] = [];
  #identity: Identity | undefined;

  constructor(kind: RelayKind, machine: Machine, printerUri: string, lines: RelayLines, folder = 'relay-of-site') {
    this.#kind = kind;
    this.#machine = machine;
    this.#printerUri = printerUri;
    this.#lines = lines;
    this.data = join(machine.data, kind === 'internal' ? 'relay' : folder);
  }

  /** How clients name its printer. */
  get printer(): string {
    return this.#kind === 'internal' ? 'office:p' : 'site:p';
  }

  get mqtt(): TcpProxy {
    return this.#lines.mqtt;
  }

  /** As the relay learnt it when it enrolled. */
  get identity(): Identity {
    this.#identity ??= JSON.parse(readFileSync(join(this.data, 'identity.json'), 'utf8')) as Identity;
    return this.#identity;
  }

  get pids(): number[] {
    if (this.#kind === 'internal') return relaysOf(this.#machine.pid);
    return this.#running?.pid === undefined ? [] : [this.#running.pid];
  }

  /** Enrols and starts an external relay, and activates its printer. */
  async enrol(invitation: { standby?: boolean; takeOverSeconds?: number } = {}): Promise<void> {
    if (this.#kind === 'internal') return;
    const call = (method: string, path: string, body: object = {}) =>
      this.#machine.call(method, `/platen/v1/${path}`, JSON.stringify(body), { 'content-type': 'application/json' });
    await call('PUT', 'locations/site');
    const { code } = (await (await call('POST', 'locations/site/enrolment-codes', invitation)).json()) as {
      code: string;
    };
    this.start('--enrol', this.#lines.https, '--code', code, '--allow-http');
    await until(async () => (await call('PATCH', 'printers/site:p', { active: true })).ok);
    await until(async () => {
      const { online, standby } = await this.place();
      return invitation.standby ? standby?.online : online;
    });
  }

  async place(): Promise<Place> {
    return (await (await this.#machine.call('GET', '/platen/v1/locations/site')).json()) as Place;
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
    await this.end();
    this.start();
  }

  async end(): Promise<void> {
    const running = this.#running;
    const ended = running?.exitCode === null && running.signalCode === null ? once(running, 'exit') : undefined;
    this.signal('SIGKILL');
    await ended;
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
    const mqtt = this.#kind === 'internal' ? [] : ['--mqtt-port', String(this.mqtt.port)];
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
