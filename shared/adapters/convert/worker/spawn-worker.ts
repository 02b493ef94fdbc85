import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { log } from '../../../telemetry/log.ts';

/** Of data, for the worker and for each process of its browser [setrlimit(2), RLIMIT_DATA]. */
const dataKilobytes = 2 * 1024 * 1024;
/** Of JavaScript objects of the worker's own; what a document needs is in threads with limits of their own. */
const heapMegabytes = 1024;
/** Requests are answered first. */
const niceness = 5;

/** Beside this file, also when both are bundles. */
const entry = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './conversion-worker.ts' : './conversion-worker.mjs', import.meta.url),
);

/** What a worker's environment holds: nothing that is a secret. */
const passedOn = ['PATH', 'TMPDIR', 'LANG', 'SYSTEMROOT', 'NODE_EXTRA_CA_CERTS', 'AWS_LAMBDA_FUNCTION_NAME'];

/** Starts a worker process whose file descriptor 3 is the pipe to us. */
export function spawnWorker(): ChildProcess {
  const environment = Object.fromEntries(
    passedOn.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  const program = [process.execPath, `--max-old-space-size=${heapMegabytes}`, entry];
  const limited = ['-c', 'ulimit -d "$0"; exec "$@"', String(dataKilobytes), ...program];
  const isPosix = process.platform !== 'win32';
  const [command, args] = isPosix ? ['/bin/sh', limited] : [process.execPath, program.slice(1)];
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], env: environment });
  child.once('spawn', () => lowerPriority(child.pid as number));
  return child;
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, niceness);
  } catch (error) {
    log.warn('worker-priority-not-set', { error });
  }
}
