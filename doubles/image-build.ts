import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const mirror = 'http://deb.debian.org/debian';
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/*
 * Carries out a Dockerfile without Docker: each stage is a folder with a minimal Debian and Node, as the base image has
 * them, and commands run in it by chroot. It knows the instructions that the Dockerfile of this repository uses.
 */

interface Stage {
  folder: string;
  workingFolder: string;
  user: string;
  environment: Record<string, string>;
  healthCheck: string[];
  entryPoint: string[];
}

/** A Debian of this release with the Node of this process, its npm and a user `node`, as node:24-bookworm-slim has. */
export function makeBase(folder: string, release: string): void {
  execFileSync('debootstrap', ['--variant=minbase', release, folder, mirror], { stdio: 'ignore' });
  const npm = realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim());
  cpSync(process.execPath, join(folder, 'usr/local/bin/node'), { dereference: true });
  cpSync(dirname(dirname(npm)), join(folder, 'usr/local/lib/npm'), { recursive: true });
  symlinkSync('../lib/npm/bin/npm-cli.js', join(folder, 'usr/local/bin/npm'));
  execFileSync('chroot', [folder, 'useradd', '-u', '1000', '-m', 'node']);
  writeFileSync(join(folder, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n');
  cpSync('/etc/resolv.conf', join(folder, 'etc/resolv.conf'), { dereference: true });
  const { NODE_EXTRA_CA_CERTS: authorities } = process.env;
  if (authorities) cpSync(authorities, join(folder, authorities), { dereference: true });
}

/** Builds the last stage below `scratch`, from a copy of `base` for each stage. */
export function buildImage(dockerfile: string, base: string, scratch: string): Stage {
  const stages: Stage[] = [];
  const named = new Map<string, Stage>();
  for (const [instruction, text] of instructionsOf(readFileSync(dockerfile, 'utf8'))) {
    const stage = stages.at(-1) as Stage;
    const words = text.split(' ');
    switch (instruction) {
      case 'FROM': {
        const folder = join(scratch, `stage-${stages.length}`);
        execFileSync('cp', ['-a', base, folder]);
        stages.push({ folder, workingFolder: '/', user: 'root', environment: {}, healthCheck: [], entryPoint: [] });
        if (words[1] === 'AS') named.set(words[2] as string, stages.at(-1) as Stage);
        break;
      }
      case 'WORKDIR':
        stage.workingFolder = text;
        mkdirSync(join(stage.folder, text), { recursive: true });
        break;
      case 'ENV':
        Object.assign(stage.environment, Object.fromEntries([text.split('=')]));
        break;
      case 'COPY': {
        const [, from] = /^--from=(\w+)$/.exec(words[0] as string) ?? [];
        if (from) copyBetween(named.get(from) as Stage, words[1] as string, stage, words[2] as string);
        else copyRepository(join(stage.folder, stage.workingFolder));
        break;
      }
      case 'RUN':
        execFileSync(...entered(stage, ['sh', '-c', text]), { stdio: ['ignore', 'ignore', 'inherit'] });
        break;
      case 'USER':
        stage.user = text;
        break;
      case 'HEALTHCHECK':
        stage.healthCheck = JSON.parse(text.slice(text.indexOf('[')));
        break;
      case 'ENTRYPOINT':
        stage.entryPoint = JSON.parse(text);
        break;
      case 'VOLUME':
      case 'EXPOSE':
        break;
      default:
        throw new Error(`The Dockerfile has an instruction that is not known here: ${instruction}`);
    }
  }
  return stages.at(-1) as Stage;
}

/** Starts a program of an image as its user. */
export const startIn = (stage: Stage, command: string[]) =>
  spawn(...entered(stage, command), { stdio: ['ignore', 'pipe', 'pipe'] });

/** A command inside a stage, with `/proc` mounted as long as it runs. */
function entered(stage: Stage, command: string[]): [string, string[]] {
  const script = 'mount -t proc proc "$0/proc" && user=$1 && shift && exec chroot "--userspec=$user" "$0" "$@"';
  const work = ['sh', '-c', 'cd "$0" && exec "$@"', stage.workingFolder, ...command];
  const inside = [stage.user, 'env', '-i', ...settings(stage), ...work];
  return ['unshare', ['--mount', 'sh', '-c', script, stage.folder, ...inside]];
}

const instructionsOf = (text: string) =>
  text
    .replace(/\\\n/g, '')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);

/** The way to the registry is that of this machine. */
function settings({ environment, user }: Stage): string[] {
  const home = user === 'root' ? '/root' : `/home/${user}`;
  const outer = Object.entries(process.env).filter(([name]) =>
    /^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i.test(name),
  );
  return Object.entries({ PATH: path, HOME: home, ...Object.fromEntries(outer), ...environment }).map(
    ([name, value]) => `${name}=${value}`,
  );
}

function copyBetween(from: Stage, source: string, to: Stage, target: string): void {
  rmSync(join(to.folder, target), { recursive: true, force: true });
  mkdirSync(dirname(join(to.folder, target)), { recursive: true });
  execFileSync('cp', ['-al', join(from.folder, source), join(to.folder, target)]);
}

/** What Git has of the repository, without what .dockerignore leaves out. */
function copyRepository(folder: string): void {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n');
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter(file => !ignored.some(name => file === name || file.startsWith(`${name}/`)))
    .filter(file => existsSync(join(root, file)));
  for (const file of files) cpSync(join(root, file), join(folder, file));
}
