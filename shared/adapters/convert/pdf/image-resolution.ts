import type { Metadata } from 'sharp';

/** Dots per inch across and down. */
export interface Resolution {
  x: number;
  y: number;
}

/** Screens' pixels, for images that do not say how large they are. */
const defaultDpi = 96;
/** No scanner, camera or screen has others. Some libraries write one dot a millimetre where they know nothing. */
const [leastDpi, mostDpi] = [30, 4800];
const cmPerInch = 2.54;
const unknown: Resolution = { x: defaultDpi, y: defaultDpi };

/**
 * The resolution that an image names, or that of screens. sharp tells the one across only, and makes one up for some
 * formats. `page` counts from 0, for TIFF.
 */
export function resolutionOf(image: Uint8Array, { format, exif }: Metadata, page = 0): Resolution {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const own = {
    png: () => ofPng(bytes),
    jpeg: () => ofJfif(bytes),
    tiff: () => ofTiff(bytes, page),
  }[format as string];
  const inExif = () => exif && ofTiff(exif.subarray(exif.toString('latin1', 0, 4) === 'Exif' ? 6 : 0), 0);
  return believable(own?.()) ?? believable(inExif()) ?? unknown;
}

function believable(found: Resolution | undefined): Resolution | undefined {
  const isIn = (dpi: number) => dpi >= leastDpi && dpi <= mostDpi;
  return found && isIn(found.x) && isIn(found.y) ? found : undefined;
}

/** Chunk pHYs, dots per metre [PNG 11.3.4.3]; before the pixels, in the first chunks. */
function ofPng(bytes: Buffer): Resolution | undefined {
  for (let at = 8; at + 21 <= bytes.length; ) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') return undefined;
    if (type === 'pHYs') {
      const perInch = (offset: number) => bytes.readUInt32BE(at + 8 + offset) * (cmPerInch / 100);
      const [x, y] = [perInch(0), perInch(4)];
      return bytes[at + 16] === 1 ? { x, y } : ofShape(x, y);
    }
    at += 12 + bytes.readUInt32BE(at);
  }
  return undefined;
}

/** Segment APP0, per inch or centimetre [JFIF 1.02]; it is the first. */
function ofJfif(bytes: Buffer): Resolution | undefined {
  if (bytes.length < 18 || bytes.readUInt16BE(2) !== 0xffe0 || bytes.toString('latin1', 6, 10) !== 'JFIF')
    return undefined;
  const [x, y] = [bytes.readUInt16BE(14), bytes.readUInt16BE(16)];
  const perInch = { 1: 1, 2: cmPerInch }[bytes[13] as number];
  return perInch ? { x: x * perInch, y: y * perInch } : ofShape(x, y);
}

/** Numbers without a unit say how long and wide a pixel is, as one compares to the other. */
function ofShape(x: number, y: number): Resolution | undefined {
  if (x === 0 || y === 0 || x === y) return undefined;
  return x > y ? { x: (defaultDpi * x) / y, y: defaultDpi } : { x: defaultDpi, y: (defaultDpi * y) / x };
}

const [xTag, yTag, unitTag] = [282, 283, 296];
const furthestPage = 1_000;

/** Tags XResolution, YResolution and ResolutionUnit [TIFF 6.0, section 8] of a page. */
function ofTiff(bytes: Buffer, page: number): Resolution | undefined {
  const isLittle = bytes.toString('latin1', 0, 2) === 'II';
  const short = (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  try {
    if (short(2) !== 42) return undefined;
    let directory = long(4);
    const next = () => long(directory + 2 + short(directory) * 12);
    for (let skipped = 0; skipped < Math.min(page, furthestPage); skipped++) directory = next();
    const found = new Map<number, number>();
    for (let entry = 0; entry < short(directory); entry++) {
      const at = directory + 2 + entry * 12;
      found.set(short(at), at + 8);
    }
    const ratio = (tag: number) => {
      const at = found.get(tag);
      return at === undefined ? 0 : long(long(at)) / long(long(at) + 4);
    };
    const unitAt = found.get(unitTag);
    const unit = unitAt === undefined ? 2 : short(unitAt);
    const [x, y] = [ratio(xTag), ratio(yTag)];
    if (unit === 1) return ofShape(x, y);
    const perInch = unit === 3 ? cmPerInch : 1;
    return { x: x * perInch, y: y * perInch };
  } catch {
    // offsets beyond the end: a directory that cannot be read names nothing
    return undefined;
  }
}
