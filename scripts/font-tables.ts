/*
 * The table directory of an OpenType font [ISO/IEC 14496-22, 4.3].
 */

const headerOctets = 12;
const recordOctets = 16;

interface TableRecord {
  tag: string;
  record: Buffer;
  octets: Buffer;
}

/** The font without one of its tables. The other tables stay as they are, so their checksums stay right. */
export function withoutTable(font: Buffer, tag: string): Buffer {
  const tables = tablesOf(font).filter(table => table.tag !== tag);
  const header = Buffer.from(font.subarray(0, headerOctets));
  const highest = 2 ** Math.floor(Math.log2(tables.length));
  header.writeUInt16BE(tables.length, 4);
  header.writeUInt16BE(highest * recordOctets, 6);
  header.writeUInt16BE(Math.log2(highest), 8);
  header.writeUInt16BE((tables.length - highest) * recordOctets, 10);

  let offset = headerOctets + tables.length * recordOctets;
  const records: Buffer[] = [];
  const contents: Buffer[] = [];
  for (const { record, octets } of tables) {
    const moved = Buffer.from(record);
    moved.writeUInt32BE(offset, 8);
    records.push(moved);
    // tables begin at multiples of four
    contents.push(octets, Buffer.alloc(-octets.length & 3));
    offset += octets.length + (-octets.length & 3);
  }
  return Buffer.concat([header, ...records, ...contents]);
}

function tablesOf(font: Buffer): TableRecord[] {
  return Array.from({ length: font.readUInt16BE(4) }, (_, index) => {
    const record = font.subarray(headerOctets + index * recordOctets).subarray(0, recordOctets);
    const octets = font.subarray(record.readUInt32BE(8)).subarray(0, record.readUInt32BE(12));
    return { tag: record.toString('latin1', 0, 4), record, octets };
  });
}

export const hasTable = (font: Buffer, tag: string): boolean => tablesOf(font).some(table => table.tag === tag);
