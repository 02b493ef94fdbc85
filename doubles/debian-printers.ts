import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openOutputDevice } from '../relay/printers/index.ts';

/**
 * Debian's printers, each with its own folder and a free port: `apt-get install -y cups-ipp-utils cups-client cups
 * dbus`.
 */
export interface DebianPrinter {
  uri: string;
  folder: string;
  start: () => Promise<void>;
  /** SIGKILL, as on a power failure */
  kill: () => Promise<void>;
  stop: () => Promise<void>;
}

const packages = 'cups-ipp-utils cups-client cups dbus';

function toolPath(name: string): string {
  const found = spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin"; command -v ${name}`], { encoding: 'utf8' });
  if (found.status !== 0) throw new Error(`${name} is not here: apt-get install -y ${packages}`);
  return found.stdout.trim();
}

/** PWG's reference printer. It requires a system bus, which may be empty. */
export async function startIppEvePrinter(command = '/bin/true'): Promise<DebianPrinter> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-ippeve-'));
  const busPath = join(folder, 'bus');
  await writeFile(join(folder, 'bus.conf'), busConfiguration(busPath));
  const port = await freePort();
  const uri = `ipp://localhost:${port}/ipp/print`;
  const spool = join(folder, 'spool');
  await mkdir(spool);
  const bus = spawn(toolPath('dbus-daemon'), [`--config-file=${join(folder, 'bus.conf')}`, '--nofork', '--nopidfile']);
  const formats = 'application/pdf,image/pwg-raster,application/octet-stream';
  const options = ['-r', 'off', '-n', 'localhost', '-p', `${port}`, '-d', spool, '-k', '-f', formats, '-c', command];
  const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${busPath}` };
  const daemon = new Daemon(toolPath('ippeveprinter'), [...options, 'Platen'], uri, env);
  await daemon.start();
  return {
    uri,
    folder: spool,
    start: () => daemon.start(),
    kill: () => daemon.end('SIGKILL'),
    async stop() {
      await daemon.end('SIGKILL');
      await endProcess(bus, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** CUPS with one raw queue, as on a print server. */
export async function startCups(deviceUri: string): Promise<DebianPrinter> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-cups-'));
  await chmod(folder, 0o755); // its backends run as another user
  for (const name of ['spool', 'spool/tmp', 'cache', 'state', 'root', 'log']) await mkdir(join(folder, name));
  const port = await freePort();
  const socket = join(folder, 'state', 'cups.sock');
  await writeFile(join(folder, 'cupsd.conf'), cupsConfiguration(port, socket));
  await writeFile(join(folder, 'cups-files.conf'), cupsFiles(folder));
  const uri = `ipp://localhost:${port}/printers/raw`;
  const options = ['-f', '-c', join(folder, 'cupsd.conf'), '-s', join(folder, 'cups-files.conf')];
  const daemon = new Daemon(toolPath('cupsd'), options, uri, process.env, async () => {
    if (existsSync(join(folder, 'root', 'printers.conf'))) return;
    spawnSync(toolPath('lpadmin'), ['-h', socket, '-p', 'raw', '-E', '-v', deviceUri, '-m', 'raw']);
  });
  await daemon.start();
  return {
    uri,
    folder,
    start: () => daemon.start(),
    kill: () => daemon.end('SIGKILL'),
    async stop() {
      await daemon.end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class Daemon {
  readonly #path: string;
  readonly #options: string[];
  readonly #uri: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #prepare: () => Promise<void>;
  #process: ChildProcess | undefined;

  constructor(path: string, options: string[], uri: string, env: NodeJS.ProcessEnv, prepare = async () => {}) {
    this.#path = path;
    this.#options = options;
    this.#uri = uri;
    this.#env = env;
    this.#prepare = prepare;
  }

  /** Waits until it answers an IPP request. */
  async start(): Promise<void> {
    const daemon = spawn(this.#path, this.#options, { env: this.#env, stdio: 'ignore' });
    this.#process = daemon;
    const device = openOutputDevice('probe', this.#uri, { connectMilliseconds: 1000, headersMilliseconds: 1000 });
    for (let tries = 0; tries < 150; tries += 1) {
      if (daemon.exitCode !== null) throw new Error(`${this.#path} ended with status ${daemon.exitCode}`);
      await this.#prepare();
      const { state } = await device.describe(new AbortController().signal);
      if (state !== 'unknown') return;
      await wait(100);
    }
    throw new Error(`${this.#path} does not answer at ${this.#uri}`);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#process) await endProcess(this.#process, signal);
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

const busConfiguration = (
  path: string,
) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=${path}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

const cupsConfiguration = (port: number, socket: string) => `Listen localhost:${port}
Listen ${socket}
Browsing Off
DirtyCleanInterval 0
WebInterface No
PreserveJobHistory Yes
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess default
  JobPrivateValues default
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
`;

const cupsFiles = (folder: string) => `ServerRoot ${folder}/root
RequestRoot ${folder}/spool
TempDir ${folder}/spool/tmp
CacheDir ${folder}/cache
StateDir ${folder}/state
AccessLog ${folder}/log/access
ErrorLog ${folder}/log/error
PageLog ${folder}/log/page
SystemGroup root
`;
