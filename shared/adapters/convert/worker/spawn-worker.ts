import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { workerEnvironment } from '../../../protocol/config.ts';

/** Of data, for the worker and for each process of its browser [setrlimit(2), RLIMIT_DATA]. */
const dataKilobytes = 2 * 1024 * 1024;
/** Of JavaScript objects of the worker's own; what a document needs is in threads with limits of their own. */
const heapMegabytes = 1024;

/** Beside this file, also when both are bundles. */
const entry = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './conversion-worker.ts' : './conversion-worker.mjs', import.meta.url),
);

/** Starts a worker process whose file descriptor 3 is the pipe to us. */
export function spawnWorker(): ChildProcess {
  const program = [process.execPath, `--max-old-space-size=${heapMegabytes}`, entry];
  const limited = ['-c', 'ulimit -d "$0"; exec "$@"', String(dataKilobytes), ...program];
  const isPosix = process.platform !== 'win32';
  const [command, args] = isPosix ? ['/bin/sh', limited] : [process.execPath, program.slice(1)];
  return spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], env: workerEnvironment() });
}
