import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProcesses, treeOf } from '../shared/adapters/convert/worker/process-table.ts';
import { type Call, hostileCalls, onePage } from './hostile-inputs.ts';
import type { Machine } from './machine.ts';

/*
 * Two companies on one machine: A does its usual work, while B sends everything that has ever stopped, slowed or filled
 * the service.
 */

const root = resolve(import.meta.dirname, '..');
const loops = 8;
/** What is refused is answered at once, and a loop of refusals would measure the client. */
const pauseMilliseconds = 20;
const thoughtMilliseconds = 50;

export interface Answered {
  path: string;
  status: number;
  /** of an answer that is an error */
  text: string;
  milliseconds: number;
}

export class Tenants {
  readonly #machine: Machine;
  readonly #usual: Call[];
  readonly #hostileKey: string;
  readonly #hostile: Call[];

  private constructor(machine: Machine, usual: Call[], hostileKey: string, hostile: Call[]) {
    this.#machine = machine;
    this.#usual = usual;
    this.#hostileKey = hostileKey;
    this.#hostile = hostile;
  }

  static async make(machine: Machine): Promise<Tenants> {
    const { key } = machine.facts;
    const admin = (...args: string[]) => administer(machine, args);
    admin('company', 'create', '--company', 'hostile', '--name', 'Hostile');
    const hostileKey = admin('key', 'create', '--company', 'hostile', '--scope', 'print').key;
    const url = await keep(machine, key, onePage);
    const usual: Call[] = [
      ['/v1/pdf/convert/from/html', { html: '<h1>Invoice</h1><p>10.00' }],
      ['/v1/pdf/info', { url }],
      ['/v1/pdf/convert/to/png', { url }],
      ['/v1/account/credit/balance', {}],
    ];
    const hostile = await hostileCalls(pdf => keep(machine, hostileKey, pdf));
    return new Tenants(machine, usual, hostileKey, hostile);
  }

  /** A's calls, one after the other, until then. */
  async work(until: number): Promise<Answered[]> {
    const answered: Answered[] = [];
    const { key } = this.#machine.facts;
    while (Date.now() < until) {
      for (const [path, body] of this.#usual) {
        answered.push(await timed(this.#machine, key, [path, body]));
        await sleep(thoughtMilliseconds);
      }
    }
    return answered;
  }

  /** B's calls, eight at a time, until then. */
  async attack(until: number): Promise<Answered[]> {
    const answered: Answered[] = [];
    const loop = async (first: number) => {
      for (let turn = first; Date.now() < until; turn++) {
        const [path, body] = this.#hostile[turn % this.#hostile.length] as Call;
        answered.push(await timed(this.#machine, this.#hostileKey, [path, { ...body, async: turn % 2 === 0 }]));
        await sleep(pauseMilliseconds);
      }
    };
    await Promise.all(Array.from({ length: loops }, (_, index) => loop(index * 2)));
    return answered;
  }

  /** Cancels what B has begun and left. */
  async endAttack(): Promise<void> {
    const { endpoint } = this.#machine.facts;
    const headers = { 'x-api-key': this.#hostileKey, 'content-type': 'application/json' };
    for (;;) {
      const answer = await fetch(`${endpoint}/platen/v1/jobs?state=active`, { headers });
      const { jobs } = (await answer.json()) as { jobs: { id: string }[] };
      if (jobs.length === 0) return;
      const ids = jobs.map(({ id }) => id);
      await fetch(`${endpoint}/platen/v1/jobs/cancel`, { method: 'POST', headers, body: JSON.stringify({ ids }) });
    }
  }

  /** Of the server and all processes below it, in octets; shared memory counts once. */
  memory(): number {
    return treeOf([this.#machine.pid], readProcesses()).reduce((sum, { pid }) => sum + proportionalSet(pid), 0);
  }
}

function administer({ data }: Machine, args: string[]) {
  const line = ['cli/main.ts', 'admin', ...args, '--data', data, '--json'];
  return JSON.parse(execFileSync(process.execPath, line, { cwd: root, encoding: 'utf8' }));
}

async function post({ facts }: Machine, key: string, [path, body]: Call): Promise<Response> {
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const isRead = path.endsWith('/balance');
  return await fetch(
    facts.endpoint + path,
    isRead ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) },
  );
}

async function keep(machine: Machine, key: string, pdf: string): Promise<string> {
  const file = Buffer.from(pdf, 'latin1').toString('base64');
  const answer = await post(machine, key, ['/v1/file/upload/base64', { file, name: 'a.pdf' }]);
  return ((await answer.json()) as { url: string }).url;
}

async function timed(machine: Machine, key: string, call: Call): Promise<Answered> {
  const start = performance.now();
  const response = await post(machine, key, call);
  const text = await response.text();
  const milliseconds = performance.now() - start;
  return { path: call[0], status: response.status, text: response.ok ? '' : text, milliseconds };
}

const proportionalSet = (pid: number) =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readOrNothing(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;

/** A process may end at any time. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
