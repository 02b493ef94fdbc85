import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type TarEntry, tar } from './tar.ts';

export interface DebPackage {
  /** fields of the control file, in order */
  control: Record<string, string>;
  /** scripts of the maintainer by name, such as `postinst` */
  scripts: Record<string, Buffer>;
  /** absolute paths of files that an administrator may change */
  conffiles: string[];
  /** by path without the leading slash */
  files: TarEntry[];
}

/** A Debian package [deb(5)]: an `ar` archive of two tar archives. It needs no tool of Debian's. */
export function deb({ control, scripts, conffiles, files }: DebPackage, seconds: number): Buffer {
  const kilobytes = Math.ceil(files.reduce((sum, { octets }) => sum + (octets?.length ?? 0), 0) / 1024);
  const fields = { ...control, 'Installed-Size': `${kilobytes}` };
  const text = (content: string): Buffer => Buffer.from(content);
  const controlFiles: TarEntry[] = [
    { path: './' },
    { path: './control', octets: text(lines(Object.entries(fields).map(([name, value]) => `${name}: ${value}`))) },
    { path: './md5sums', octets: text(lines(files.flatMap(md5sum))) },
    { path: './conffiles', octets: text(lines(conffiles)) },
    ...Object.entries(scripts).map(([name, octets]) => ({ path: `./${name}`, octets, mode: 0o755 })),
  ];
  const data = [{ path: './' }, ...foldersOf(files), ...files.map(entry => ({ ...entry, path: `./${entry.path}` }))];
  return ar(
    [
      ['debian-binary', text('2.0\n')],
      ['control.tar.gz', gzipSync(tar(controlFiles, seconds))],
      ['data.tar.gz', gzipSync(tar(data, seconds))],
    ],
    seconds,
  );
}

const lines = (rows: string[]) => rows.map(row => `${row}\n`).join('');

function md5sum({ path, octets }: TarEntry): string[] {
  return octets ? [`${createHash('md5').update(octets).digest('hex')}  ${path}`] : [];
}

/** Every folder above a file, outer ones first. */
function foldersOf(files: TarEntry[]): TarEntry[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    const names = path.split('/').slice(0, -1);
    for (const index of names.keys()) folders.add(`./${names.slice(0, index + 1).join('/')}/`);
  }
  return [...folders].sort().map(path => ({ path }));
}

function ar(members: [name: string, octets: Buffer][], seconds: number): Buffer {
  const parts = members.flatMap(([name, octets]) => {
    const fields = [
      name.padEnd(16),
      `${seconds}`.padEnd(12),
      '0     ',
      '0     ',
      '100644  ',
      `${octets.length}`.padEnd(10),
    ];
    return [Buffer.from(`${fields.join('')}\`\n`), octets, Buffer.alloc(octets.length % 2, '\n')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}
