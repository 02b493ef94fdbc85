import { encode } from 'jpeg-js';
import type { Page } from './raster-format.ts';

/** Text keeps its edges; more is not seen on paper. */
const quality = 90;
/** Offsets in the JFIF header, which comes first [JFIF 1.02]. */
const [unitOffset, densityOffset, dotsPerInch] = [13, 14, 1];

/** A page as a JPEG whose density says how large it is on paper. */
export function jpegOf({ width, height, octetsPerPixel, data }: Page, resolution: number): Buffer {
  const pixels = Buffer.alloc(width * height * 4, 0xff);
  for (let from = 0, to = 0; from < data.length; from += octetsPerPixel, to += 4) {
    for (let octet = 0; octet < 3; octet++)
      pixels[to + octet] = data[from + (octetsPerPixel === 3 ? octet : 0)] as number;
  }
  const jpeg = encode({ width, height, data: pixels }, quality).data;
  jpeg[unitOffset] = dotsPerInch;
  jpeg.writeUInt16BE(resolution, densityOffset);
  jpeg.writeUInt16BE(resolution, densityOffset + 2);
  return jpeg;
}
