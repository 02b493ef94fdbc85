import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { workerEnvironment } from '../../../protocol/config.ts';

/** Of data, for the worker and for each process of its browser [setrlimit(2), RLIMIT_DATA]. */
const dataKilobytes = 3 * 1024 * 1024;
/** Of JavaScript objects of the worker's own; what a document needs is in threads with limits of their own. */
const heapMegabytes = 1024;

/** Beside this file, also when both are bundles. */
const entry = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './conversion-worker.ts' : './conversion-worker.mjs', import.meta.url),
);

/** The user of no files, so that a worker which is taken over reads neither keys nor documents. Only root can choose. */
const unprivileged = { uid: 65534, gid: 65534 };

export type WorkerIdentity = Partial<typeof unprivileged>;
let identity: WorkerIdentity | undefined;

/** Whose processes workers are: those of the service's own user, or for root of an unprivileged one that can run them. */
export function workerIdentity(): WorkerIdentity {
  identity ??= process.getuid?.() === 0 && canRun(unprivileged) ? unprivileged : {};
  return identity;
}

const accessCheck = `
  const { accessSync, constants } = require('node:fs');
  accessSync(process.argv[1]);
  accessSync(require('node:os').tmpdir(), constants.W_OK);`;

/** The project may be in a folder that only root can read. */
function canRun(user: WorkerIdentity): boolean {
  const options = { ...user, cwd: '/', env: workerEnvironment(), stdio: 'ignore' as const };
  return spawnSync(process.execPath, ['--eval', accessCheck, entry], options).status === 0;
}

/** Starts a worker process whose file descriptor 3 is the pipe to us. */
export function spawnWorker(): ChildProcess {
  const program = [process.execPath, `--max-old-space-size=${heapMegabytes}`, entry];
  // an image of its memory would keep documents on the disk
  const limited = ['-c', 'ulimit -c 0; ulimit -d "$0"; exec "$@"', String(dataKilobytes), ...program];
  const isPosix = process.platform !== 'win32';
  const [command, args] = isPosix ? ['/bin/sh', limited] : [process.execPath, program.slice(1)];
  const options = { ...workerIdentity(), cwd: '/', env: workerEnvironment() };
  return spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
}
