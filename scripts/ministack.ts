import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pythonEnvironment } from './python-environment.ts';

/*
 * MiniStack is an AWS emulator in Python under the MIT licence (https://github.com/ministackorg/ministack). Tests run
 * the AWS adapters and the deployed template against it. It is installed on demand into a virtual environment; nothing
 * else in this project needs Python.
 */

const requirements = ['ministack==1.5.33', 'cryptography==50.0.2'];
const startMilliseconds = 60_000;

export interface MiniStack {
  /** one address for all services */
  endpoint: string;
  /** mutual TLS, as on port 8883 of AWS IoT */
  mqttPort: number;
  /** output so far, for diagnosis */
  log(): string;
  stop(): Promise<void>;
}

/** MiniStack accepts any credentials; an access key of 12 digits selects the account. */
export const ministackCredentials = { accessKeyId: 'test', secretAccessKey: 'test' };
export const ministackRegion = 'us-east-1';

export async function startMiniStack(variables: Record<string, string> = {}): Promise<MiniStack> {
  const programs = await pythonEnvironment(requirements, 'ministack');
  const folder = await mkdtemp(join(tmpdir(), 'platen-ministack-'));
  const [port, mqttPort] = await freePorts(2);
  const output: string[] = [];
  const child = spawn(join(programs, 'python'), ['-m', 'ministack'], {
    cwd: folder,
    // its own process group, so that the functions it runs end with it
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TMPDIR: folder,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      IOT_MTLS_PORT: String(mqttPort),
      MINISTACK_REGION: ministackRegion,
      S3_DATA_DIR: join(folder, 's3'),
      STATE_DIR: join(folder, 'state'),
      LOG_LEVEL: 'WARNING',
      ...variables,
    },
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => output.push(String(chunk)));
  const exited = new Promise<void>(done => child.once('exit', () => done()));
  const kill = () => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // the process has already ended
    }
  };
  process.once('exit', kill);
  const ministack: MiniStack = {
    endpoint: `http://127.0.0.1:${port}`,
    mqttPort: mqttPort as number,
    log: () => output.join(''),
    async stop() {
      process.off('exit', kill);
      kill();
      await exited;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await isReady(ministack, () => child.exitCode !== null);
    return ministack;
  } catch (error) {
    await ministack.stop();
    throw error;
  }
}

async function isReady(ministack: MiniStack, hasEnded: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + startMilliseconds;
  for (;;) {
    const answer = await fetch(`${ministack.endpoint}/_ministack/ready`).catch(() => undefined);
    if (answer?.ok) return;
    if (hasEnded() || Date.now() > giveUpAt) throw new Error(`MiniStack did not start:\n${ministack.log()}`);
    await sleep(100);
  }
}

/** Free ports. All are held until all are found, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
      return server;
    }),
  );
  const ports = servers.map(server => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(server => new Promise(closed => server.close(closed))));
  return ports;
}
