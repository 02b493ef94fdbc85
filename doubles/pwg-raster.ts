/** A page of a PWG raster: gray, or red, green and blue. */
export interface PwgPage {
  width: number;
  height: number;
  duplex: number;
  transform: [across: number, feed: number];
  /** octets of a pixel */
  step: number;
  data: Buffer;
}

const headerOctets = 1796;

/** Reads a PWG raster by its specification [PWG 5102.4], apart from the code that writes it. */
export function decodePwg(octets: Buffer): PwgPage[] {
  const pages: PwgPage[] = [];
  for (let at = 4; at < octets.length; ) {
    const header = octets.subarray(at, at + headerOctets);
    const [width, height, step] = [372, 376, 420].map(offset => header.readUInt32BE(offset)) as [
      number,
      number,
      number,
    ];
    const { data, length } = decodeLines(octets.subarray(at + headerOctets), width, height, step);
    pages.push({
      width,
      height,
      duplex: header.readUInt32BE(272),
      transform: [header.readInt32BE(456), header.readInt32BE(460)],
      step,
      data,
    });
    at += headerOctets + length;
  }
  return pages;
}

/** Lines of pixels, and how many octets they took. */
export function decodeLines(octets: Buffer, width: number, height: number, step: number) {
  const line = width * step;
  const data = Buffer.alloc(line * height);
  let at = 0;
  for (let y = 0; y < height; ) {
    const equal = (octets[at++] as number) + 1;
    for (let x = 0; x < line; ) {
      const code = octets[at++];
      if (code === undefined) throw new Error('the raster breaks off');
      const isRun = code < 128;
      const count = isRun ? code + 1 : 257 - code;
      for (let pixel = 0; pixel < count; pixel++) {
        x += octets.copy(data, y * line + x, at, at + step);
        if (!isRun) at += step;
      }
      if (isRun) at += step;
    }
    for (let more = 1; more < equal; more++) data.copy(data, (y + more) * line, y * line, (y + 1) * line);
    y += equal;
  }
  return { data, length: at };
}
