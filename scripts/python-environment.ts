import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/**
 * Installs Python packages for a test into a virtual environment of their own, once. Returns its folder of programs.
 * `program` is the last thing that the installation makes.
 */
export async function pythonEnvironment(requirements: string[], program: string): Promise<string> {
  const run = promisify(execFile);
  const folder = resolve(import.meta.dirname, '../.venv', requirements.join('+').replaceAll('==', '-'));
  const programs = join(folder, 'bin');
  if (existsSync(join(programs, program))) return programs;
  await rm(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(join(programs, 'python'), ['-m', 'pip', 'install', '--quiet', ...requirements]);
  return programs;
}
