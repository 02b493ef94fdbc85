import type { RasterTarget } from './making.ts';

/*
 * The octets of PWG raster [PWG 5102.4] and URF, which share the coding of lines: a count of equal lines less one, then
 * runs: 0 to 127 repeats the next pixel one time more often, 129 to 255 is followed by 257 less that many pixels.
 */

export interface Page {
  width: number;
  height: number;
  /** gray or RGB */
  octetsPerPixel: 1 | 3;
  data: Buffer;
  /** -1 where a direction was turned around; absent: none */
  transform?: { feed: 1 | -1; across: 1 | -1 };
}

export interface Place {
  isBack: boolean;
  count: number;
}

export const pwgSync = Buffer.from('RaS2');
const pwgHeaderOctets = 1796;
const pointsPerInch = 72;

/** Offsets are those of PWG 5102.4 table 1. */
export function pwgPageHeader(page: Page, target: RasterTarget, { count }: Place): Buffer {
  const header = Buffer.alloc(pwgHeaderOctets);
  const isDuplex = target.sides !== 'one-sided';
  header.write('PwgRaster', 0, 'latin1');
  const numbers: [offset: number, value: number][] = [
    [272, isDuplex ? 1 : 0],
    [276, target.resolution],
    [280, target.resolution],
    [340, 1],
    [352, Math.round((page.width * pointsPerInch) / target.resolution)],
    [356, Math.round((page.height * pointsPerInch) / target.resolution)],
    [368, target.sides === 'two-sided-short-edge' ? 1 : 0],
    [372, page.width],
    [376, page.height],
    [384, 8],
    [388, 8 * page.octetsPerPixel],
    [392, page.width * page.octetsPerPixel],
    [400, page.octetsPerPixel === 3 ? srgb : sgray],
    [420, page.octetsPerPixel],
    [452, count],
  ];
  for (const [offset, value] of numbers) header.writeUInt32BE(value, offset);
  header.writeInt32BE(page.transform?.across ?? 1, 456);
  header.writeInt32BE(page.transform?.feed ?? 1, 460);
  header.write((target.media?.name ?? '').slice(0, 63), 1732, 'latin1');
  return header;
}

const [sgray, srgb] = [18, 19];

export function urfFileHeader(pages: number): Buffer {
  const header = Buffer.alloc(12);
  header.write('UNIRAST\0', 0, 'latin1');
  header.writeUInt32BE(pages, 8);
  return header;
}

export function urfPageHeader(page: Page, target: RasterTarget): Buffer {
  const header = Buffer.alloc(32);
  const duplex = { 'one-sided': 1, 'two-sided-short-edge': 2, 'two-sided-long-edge': 3 }[target.sides];
  header.set([8 * page.octetsPerPixel, page.octetsPerPixel === 3 ? 1 : 0, duplex, 4]);
  header.writeUInt32BE(page.width, 12);
  header.writeUInt32BE(page.height, 16);
  header.writeUInt32BE(target.resolution, 20);
  return header;
}

const mostEqualLines = 256;
const mostInRun = 128;

export function encodeLines({ width, height, octetsPerPixel, data }: Page): Buffer {
  const octets = width * octetsPerPixel;
  const parts: Buffer[] = [];
  for (let y = 0; y < height; ) {
    const line = data.subarray(y * octets, (y + 1) * octets);
    let equal = 1;
    while (equal < mostEqualLines && y + equal < height && isSameLine(data, line, (y + equal) * octets)) equal++;
    parts.push(Buffer.of(equal - 1), encodeLine(line, octetsPerPixel));
    y += equal;
  }
  return Buffer.concat(parts);
}

const isSameLine = (data: Buffer, line: Buffer, at: number) =>
  data.compare(line, 0, line.length, at, at + line.length) === 0;

function encodeLine(line: Buffer, step: number): Buffer {
  // at worst a code for each pixel
  const coded = Buffer.allocUnsafe(line.length + line.length / step);
  const pixels = line.length / step;
  let length = 0;
  for (let at = 0; at < pixels; ) {
    const equal = countEqual(line, step, at, pixels);
    const count = equal > 1 ? equal : countDifferent(line, step, at, pixels);
    coded[length++] = equal > 1 || count === 1 ? count - 1 : 257 - count;
    length += line.copy(coded, length, at * step, (at + (equal > 1 ? 1 : count)) * step);
    at += count;
  }
  return coded.subarray(0, length);
}

function isSamePixel(line: Buffer, step: number, a: number, b: number): boolean {
  for (let octet = 0; octet < step; octet++) if (line[a * step + octet] !== line[b * step + octet]) return false;
  return true;
}

function countEqual(line: Buffer, step: number, from: number, pixels: number): number {
  let count = 1;
  while (count < mostInRun && from + count < pixels && isSamePixel(line, step, from, from + count)) count++;
  return count;
}

/** Up to where two equal pixels begin a run. */
function countDifferent(line: Buffer, step: number, from: number, pixels: number): number {
  let count = 1;
  while (count < mostInRun && from + count < pixels) {
    const next = from + count;
    if (next + 1 < pixels && isSamePixel(line, step, next, next + 1)) break;
    count++;
  }
  return count;
}
