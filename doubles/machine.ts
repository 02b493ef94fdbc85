import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerFacts } from '../server/server.ts';

const root = resolve(import.meta.dirname, '..');
const patienceMilliseconds = 60_000;

/** One machine as a user runs it: `npm start` in its own process, with a data folder that survives restarts. */
export class Machine {
  readonly data: string;
  readonly #args: string[];
  #process: ChildProcess | undefined;
  output = '';

  private constructor(data: string, args: string[]) {
    this.data = data;
    this.#args = args;
  }

  static async make(args: string[] = []): Promise<Machine> {
    return new Machine(await mkdtemp(join(tmpdir(), 'platen-machine-')), args);
  }

  /** Starts or restarts the server, and waits until it is ready. */
  async start(...once: string[]): Promise<ServerFacts> {
    const args = ['server/main.ts', '--port', '0', '--data', this.data, ...this.#args, ...once];
    const started = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', chunk => {
        this.output += chunk;
      });
    }
    this.#process = started;
    // the facts file is written before the first line of output, so it is not that of a killed server
    await until(() => {
      if (started.exitCode !== null) throw new Error(`The server ended with ${started.exitCode}:\n${this.output}`);
      return this.output.includes('Platen is ready');
    });
    return this.facts;
  }

  get facts(): ServerFacts {
    return JSON.parse(readFileSync(join(this.data, 'platen.json'), 'utf8'));
  }

  get pid(): number {
    return this.#process?.pid as number;
  }

  /** Ends the server by a signal and returns its exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const ending = this.#process;
    this.#process = undefined;
    this.output = '';
    if (!ending || ending.exitCode !== null) return ending?.exitCode ?? null;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    const [code] = await exited;
    return code;
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  /** A request with this machine's key. */
  async call(
    method: string,
    path: string,
    body?: RequestInit['body'],
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { endpoint, key } = this.facts;
    return await fetch(endpoint + path, { method, body, headers: { authorization: `Bearer ${key}`, ...headers } });
  }

  async text(method: string, path: string, body?: RequestInit['body']): Promise<string> {
    return await (await this.call(method, path, body)).text();
  }

  /** CirrusPrint's representation of a job. */
  async job(device: string, id: string): Promise<{ State: number; [field: string]: unknown }> {
    const { company, location } = this.facts;
    return JSON.parse(await this.text('GET', `/api/get/job/${company}/${location}/${device}/${id}`));
  }
}

/** Polls for an expected state, without a time limit of its own. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (const end = Date.now() + patienceMilliseconds; Date.now() < end; await sleep(20)) {
    const seen = await look();
    if (seen) return seen as NonNullable<T>;
  }
  throw new Error(`It did not come to be: ${look}`);
}
