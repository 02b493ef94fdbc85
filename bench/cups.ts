import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const startMilliseconds = 10_000;

/** A CUPS scheduler of our own, beside any that the machine runs, with one raw queue to a socket. */
export interface Cups {
  /** `lp -d raw`, as a user would; answers when the job is accepted */
  lp(file: string): Promise<void>;
  /** `host:port`, for clients that speak IPP themselves */
  address: string;
  stop(): Promise<void>;
}

/** Throws when Debian's `cups` and `cups-client` are not installed, or this is not root, whom cupsd wants to be. */
export async function startCups(sinkPort: number): Promise<Cups> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-cups-'));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  for (const name of ['spool', 'cache', 'state', 'log', 'temp']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'cups-files.conf'), filesConfiguration(folder));
  await writeFile(join(folder, 'cupsd.conf'), schedulerConfiguration(address));
  const scheduler = spawn('cupsd', ['-f', '-c', join(folder, 'cupsd.conf'), '-s', join(folder, 'cups-files.conf')], {
    stdio: 'ignore',
  });
  const failed = new Promise<never>((_, reject) => scheduler.once('error', reject));
  await Promise.race([failed, untilAnswers(address)]);
  await run('lpadmin', ['-h', address, '-p', 'raw', '-E', '-v', `socket://127.0.0.1:${sinkPort}`]);
  return {
    address,
    async lp(file) {
      await run('lp', ['-h', address, '-d', 'raw', '-s', file]);
    },
    async stop() {
      const ended = new Promise(resolve => scheduler.once('exit', resolve));
      scheduler.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(address: string): Promise<void> {
  for (const end = Date.now() + startMilliseconds; Date.now() < end; await sleep(100)) {
    const answer = await run('lpstat', ['-h', address, '-r']).catch(() => undefined);
    if (answer?.stdout.includes('is running')) return;
  }
  throw new Error('cupsd does not answer.');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

const filesConfiguration = (folder: string) => `
ServerRoot ${folder}
RequestRoot ${folder}/spool
CacheDir ${folder}/cache
StateDir ${folder}/state
TempDir ${folder}/temp
AccessLog ${folder}/log/access_log
ErrorLog ${folder}/log/error_log
PageLog ${folder}/log/page_log
SyncOnClose Yes
`;

/** Jobs are kept no longer than they must, so that a long run does not slow down over its own history. */
const schedulerConfiguration = (address: string) => `
Listen ${address}
LogLevel warn
DefaultAuthType None
MaxJobs 0
PreserveJobFiles No
PreserveJobHistory No
<Location />
  Order allow,deny
  Allow localhost
</Location>
<Location /admin>
  Order allow,deny
  Allow localhost
</Location>
<Policy default>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
`;
