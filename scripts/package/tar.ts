/** One entry of an archive: a file, a symbolic link or a folder. */
export interface TarEntry {
  /** relative, with `/` */
  path: string;
  mode?: number;
  /** absent: a folder, or a link */
  octets?: Buffer;
  linkTo?: string;
}

const blockOctets = 512;
const [file, link, folder] = ['0', '2', '5'];
const [nameAtMost, prefixAtMost] = [100, 155];

/** An archive in the ustar format, owned by root [POSIX.1-2001, pax]. `seconds`: time of all entries, since 1970. */
export function tar(entries: TarEntry[], seconds: number): Buffer {
  const parts = entries.flatMap(entry => {
    const octets = entry.octets ?? Buffer.alloc(0);
    return [header(entry, octets.length, seconds), octets, Buffer.alloc(padding(octets.length))];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * blockOctets)]);
}

const padding = (octets: number) => (blockOctets - (octets % blockOctets)) % blockOctets;

function header({ path, mode, octets, linkTo }: TarEntry, size: number, seconds: number): Buffer {
  const type = linkTo !== undefined ? link : octets ? file : folder;
  const [prefix, name] = splitPath(type === folder && !path.endsWith('/') ? `${path}/` : path);
  const block = Buffer.alloc(blockOctets);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  const fields: [offset: number, text: string][] = [
    [0, name],
    [100, octal(mode ?? (type === file ? 0o644 : 0o755), 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(size, 11)],
    [136, octal(seconds, 11)],
    [148, '        '],
    [156, type ?? ''],
    [157, linkTo ?? ''],
    [257, 'ustar\u000000'],
    [265, 'root'],
    [297, 'root'],
    [345, prefix],
  ];
  for (const [offset, text] of fields) block.write(text, offset, 'latin1');
  const checksum = block.reduce((sum, octet) => sum + octet, 0);
  block.write(`${octal(checksum, 6)}\0 `, 148, 'latin1');
  return block;
}

/** Longer paths are split at a slash. */
function splitPath(path: string): [prefix: string, name: string] {
  if (path.length <= nameAtMost) return ['', path];
  const at = path.indexOf('/', path.length - nameAtMost - 1);
  if (at < 0 || at > prefixAtMost) throw new Error(`${path} is too long for an archive.`);
  return [path.slice(0, at), path.slice(at + 1)];
}
