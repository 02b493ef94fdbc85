import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Machine } from './machine.ts';

const root = resolve(import.meta.dirname, '..');

/**
 * A user who pastes what documents show, on a fresh installation: in a folder with `data` and `examples`, as the
 * repository has them after `npm start`. Only the port differs from the documents.
 */
export class Newcomer {
  readonly folder = mkdtempSync(join(tmpdir(), 'platen-newcomer-'));
  readonly machine: Machine;

  private constructor(machine: Machine) {
    this.machine = machine;
    symlinkSync(machine.data, join(this.folder, 'data'));
    for (const name of ['cli', 'examples', 'relay', 'scripts', 'node_modules', 'package.json']) {
      symlinkSync(join(root, name), join(this.folder, name));
    }
  }

  /** `args` are further options of the server. */
  static async arrive(args: string[] = []): Promise<Newcomer> {
    const machine = await Machine.make(args);
    await machine.start();
    return new Newcomer(machine);
  }

  /** Runs a program, and answers what it wrote. Throws when it fails. */
  async run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const running = spawn(program, args, {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: this.folder, ...env },
    });
    const [output, errors] = await Promise.all([text(running.stdout), text(running.stderr)]);
    if (running.exitCode === null) await once(running, 'close');
    if (running.exitCode !== 0) throw new Error(`${program} ended with ${running.exitCode}:\n${output}\n${errors}`);
    return output;
  }

  async paste(...blocks: string[]): Promise<string> {
    return await this.run('sh', ['-euc', this.adapted(blocks.join('\n'))]);
  }

  adapted(block: string): string {
    return block.replaceAll('http://127.0.0.1:8080', this.machine.facts.endpoint);
  }

  /** The variables that the documents set in a shell. */
  get settings(): NodeJS.ProcessEnv {
    const { endpoint, key } = this.machine.facts;
    return { URL: endpoint, KEY: key };
  }

  /** The files that came out of the first printer. */
  printed(): string[] {
    const folder = join(this.machine.data, 'printed');
    return existsSync(folder) ? readdirSync(folder).filter(name => !name.startsWith('.')) : [];
  }

  async leave(): Promise<void> {
    await this.machine.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
