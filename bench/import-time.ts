import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from './statistics.ts';

const run = promisify(execFile);

/**
 * Median import time of each module in a new process, in milliseconds. The modules alternate, so that other load on the
 * machine affects all of them.
 */
export async function importTimes(files: Record<string, string>, rounds = 15): Promise<Record<string, number>> {
  const samples = new Map(Object.keys(files).map(name => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, file] of Object.entries(files)) samples.get(name)?.push(await importOnce(file));
  }
  return Object.fromEntries([...samples].map(([name, times]) => [name, median(times)]));
}

async function importOnce(file: string): Promise<number> {
  const program = `const t = performance.now(); await import(process.argv[1]); console.log(performance.now() - t);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program, file]);
  return Number(stdout);
}
