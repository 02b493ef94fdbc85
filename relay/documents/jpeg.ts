import { encode } from 'jpeg-js';
import type { Page, Pixels } from './raster-format.ts';

/** Text keeps its edges; more is not seen on paper. */
const quality = 90;
/** Offsets in the JFIF header, which comes first [JFIF 1.02]. */
const [unitOffset, densityOffset, dotsPerInch] = [13, 14, 1];

/** A page as a JPEG whose density says how large it is on paper. */
export function jpegOf({ width, height, pixels }: Page, resolution: number): Buffer {
  const { buffer, byteOffset, byteLength } = colored(pixels);
  const octets = Buffer.from(buffer, byteOffset, byteLength);
  const jpeg = encode({ width, height, data: octets }, quality).data;
  jpeg[unitOffset] = dotsPerInch;
  jpeg.writeUInt16BE(resolution, densityOffset);
  jpeg.writeUInt16BE(resolution, densityOffset + 2);
  return jpeg;
}

function colored(pixels: Pixels): Uint32Array<ArrayBuffer> {
  return pixels instanceof Uint32Array ? pixels : Uint32Array.from(pixels, gray => 0xff000000 + gray * 0x010101);
}
