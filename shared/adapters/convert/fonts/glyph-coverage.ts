import { open } from 'node:fs/promises';

/** Code points that a font has a glyph for: ranges, ascending, both ends included. */
type Ranges = [from: number, to: number][];

/** Which of the characters of `text` no font of `paths` can draw, each once. Whatever draws nothing is left out. */
export async function uncoveredCharacters(text: string, paths: string[]): Promise<string[]> {
  const wanted = new Set<number>();
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (!alwaysCovered(point)) wanted.add(point);
  }
  for (const path of paths) {
    if (wanted.size === 0) break;
    const ranges = await coverageOf(path);
    for (const point of wanted) if (covers(ranges, point)) wanted.delete(point);
  }
  return [...wanted].map(point => String.fromCodePoint(point));
}

const lastLatin = 0x24f;
const invisible = /[\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u;

/** Latin is in every one of our fonts; controls, blanks and marks show nothing alone; private use is icon fonts'. */
const alwaysCovered = (point: number) => point <= lastLatin || invisible.test(String.fromCodePoint(point));

function covers(ranges: Ranges, point: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [from, to] = ranges[middle]!;
    if (point < from) high = middle - 1;
    else if (point > to) low = middle + 1;
    else return true;
  }
  return false;
}

const coverages = new Map<string, Promise<Ranges>>();

function coverageOf(path: string): Promise<Ranges> {
  const known = coverages.get(path) ?? readCoverage(path);
  coverages.set(path, known);
  return known;
}

/** Only the table directory and the `cmap` table are read: the files are megabytes of outlines [OpenType 1.9, cmap]. */
async function readCoverage(path: string): Promise<Ranges> {
  const file = await open(path);
  try {
    const read = async (position: number, octets: number) => {
      const { buffer } = await file.read(Buffer.alloc(octets), 0, octets, position);
      return buffer;
    };
    const header = await read(0, 12);
    const directory = await read(12, header.readUInt16BE(4) * 16);
    for (let at = 0; at < directory.length; at += 16) {
      if (directory.toString('latin1', at, at + 4) !== 'cmap') continue;
      return rangesOf(await read(directory.readUInt32BE(at + 8), directory.readUInt32BE(at + 12)));
    }
    return [];
  } finally {
    await file.close();
  }
}

function rangesOf(cmap: Buffer): Ranges {
  const tables = Array.from({ length: cmap.readUInt16BE(2) }, (_, index) => cmap.readUInt32BE(4 + index * 8 + 4));
  const format12 = tables.find(at => cmap.readUInt16BE(at) === 12);
  const format4 = tables.find(at => cmap.readUInt16BE(at) === 4);
  if (format12 !== undefined) {
    return Array.from({ length: cmap.readUInt32BE(format12 + 12) }, (_, index) => {
      const at = format12 + 16 + index * 12;
      return [cmap.readUInt32BE(at), cmap.readUInt32BE(at + 4)];
    });
  }
  if (format4 === undefined) return [];
  const count = cmap.readUInt16BE(format4 + 6) / 2;
  const ends = format4 + 14;
  const starts = ends + count * 2 + 2;
  return Array.from({ length: count }, (_, index) => [
    cmap.readUInt16BE(starts + index * 2),
    cmap.readUInt16BE(ends + index * 2),
  ]);
}
