import type { RasterTarget } from './making.ts';

/*
 * The octets of PWG raster [PWG 5102.4] and URF, which share the coding of lines: a count of equal lines less one, then
 * runs: 0 to 127 repeats the next pixel one time more often, 129 to 255 is followed by 257 less that many pixels.
 */

/**
 * Line by line: gray, or the four octets of red, green, blue and opacity in one number, lowest first, so that one
 * comparison compares pixels.
 */
export type Pixels = Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Gray or RGB on its way to the printer. */
export const octetsPerPixel = ({ pixels }: Pick<Page, 'pixels'>): 1 | 3 => (pixels instanceof Uint32Array ? 3 : 1);

export interface Page {
  width: number;
  height: number;
  pixels: Pixels;
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
  const octets = octetsPerPixel(page);
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
    [388, 8 * octets],
    [392, page.width * octets],
    [400, octets === 3 ? srgb : sgray],
    [420, octets],
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
  const octets = octetsPerPixel(page);
  const duplex = { 'one-sided': 1, 'two-sided-short-edge': 2, 'two-sided-long-edge': 3 }[target.sides];
  header.set([8 * octets, octets === 3 ? 1 : 0, duplex, 4]);
  header.writeUInt32BE(page.width, 12);
  header.writeUInt32BE(page.height, 16);
  header.writeUInt32BE(target.resolution, 20);
  return header;
}

const mostEqualLines = 256;
const mostInRun = 128;

/** Twice as much as a page of text needs. */
const firstOctets = 1024 * 1024;

export function encodeLines({ width, height, pixels }: Pick<Page, 'width' | 'height' | 'pixels'>): Buffer {
  const octets = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const lineOctets = width * pixels.BYTES_PER_ELEMENT;
  // at worst a code for each pixel, and the count of lines
  const codedAtMost = width * (1 + octetsPerPixel({ pixels })) + 1;
  const encode = pixels instanceof Uint32Array ? encodeColors : encodeGrays;
  let coded = Buffer.allocUnsafe(Math.max(firstOctets, codedAtMost));
  let length = 0;
  for (let y = 0; y < height; ) {
    const equal = countEqualLines(octets, lineOctets, y, height);
    if (coded.length - length < codedAtMost) coded = Buffer.concat([coded, Buffer.allocUnsafe(coded.length)]);
    coded[length] = equal - 1;
    length = encode(pixels as never, y * width, (y + 1) * width, coded, length + 1);
    y += equal;
  }
  return coded.subarray(0, length);
}

function countEqualLines(octets: Buffer, lineOctets: number, y: number, height: number): number {
  const from = y * lineOctets;
  const line = octets.subarray(from, from + lineOctets);
  let equal = 1;
  for (let at = from + lineOctets; equal < mostEqualLines && y + equal < height; at += lineOctets, equal++) {
    if (octets.compare(line, 0, lineOctets, at, at + lineOctets) !== 0) break;
  }
  return equal;
}

/** Writes the code of a line, and answers where it ends. Two functions of the same form, which V8 compiles for one type. */
function encodeGrays(pixels: Uint8Array, from: number, end: number, coded: Buffer, start: number): number {
  let length = start;
  for (let at = from; at < end; ) {
    const equal = countEqual(pixels, at, end);
    const count = equal > 1 ? equal : countDifferent(pixels, at, end);
    coded[length++] = equal > 1 || count === 1 ? count - 1 : 257 - count;
    for (let pixel = at; pixel < at + (equal > 1 ? 1 : count); pixel++) coded[length++] = pixels[pixel] as number;
    at += count;
  }
  return length;
}

function encodeColors(pixels: Uint32Array, from: number, end: number, coded: Buffer, start: number): number {
  let length = start;
  for (let at = from; at < end; ) {
    const equal = countEqual(pixels, at, end);
    const count = equal > 1 ? equal : countDifferent(pixels, at, end);
    coded[length++] = equal > 1 || count === 1 ? count - 1 : 257 - count;
    for (let pixel = at; pixel < at + (equal > 1 ? 1 : count); pixel++) {
      const color = pixels[pixel] as number;
      coded[length++] = color & 0xff;
      coded[length++] = (color >> 8) & 0xff;
      coded[length++] = (color >> 16) & 0xff;
    }
    at += count;
  }
  return length;
}

function countEqual(pixels: Pixels | Uint8Array | Uint32Array, at: number, end: number): number {
  const most = Math.min(end, at + mostInRun);
  const first = pixels[at];
  let next = at + 1;
  while (next < most && pixels[next] === first) next++;
  return next - at;
}

/** Up to where two equal pixels begin a run. */
function countDifferent(pixels: Pixels | Uint8Array | Uint32Array, at: number, end: number): number {
  const most = Math.min(end, at + mostInRun);
  let next = at + 1;
  while (next < most && !(next + 1 < end && pixels[next] === pixels[next + 1])) next++;
  return next - at;
}
