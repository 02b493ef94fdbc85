import { crc32 } from 'node:zlib';
import type { Piece } from '../../../core/domain/upload-session.ts';

/*
 * Format of a piece log. A frame is a header, followed by the piece's octets unless they are in the data file. The last
 * frame of a log that accepts no more pieces is a seal.
 */

export const headerOctets = 48;
const mark = 0x504c5032;

const kinds = ['in-place', 'in-log', 'seal'] as const;

export interface Frame extends Piece {
  kind: (typeof kinds)[number];
  /** offset of its octets, in the data file if they are in place, else in the log */
  at: number;
  checksum: number;
}

export function headerOf(frame: Frame, syncedTo: number): Buffer {
  const header = Buffer.alloc(headerOctets);
  header.writeUInt32BE(mark, 0);
  header.writeUInt32BE(frame.checksum, 8);
  header.writeDoubleBE(frame.octets, 12);
  header.writeDoubleBE(frame.offset, 20);
  header.writeDoubleBE(frame.ordinal, 28);
  header.writeDoubleBE(syncedTo, 36);
  header.writeUInt32BE(kinds.indexOf(frame.kind), 44);
  header.writeUInt32BE(crc32(header.subarray(8)), 4);
  return header;
}

/**
 * Parses a header read at `position`, and returns the position of the next frame; undefined if it is invalid or
 * incomplete.
 */
export function parseHeader(header: Buffer, position: number) {
  if (header.length < headerOctets) return undefined;
  const kind = kinds[header.readUInt32BE(44)];
  const isWhole = header.readUInt32BE(0) === mark && header.readUInt32BE(4) === crc32(header.subarray(8));
  if (!kind || !isWhole) return undefined;
  const [octets, offset] = [header.readDoubleBE(12), header.readDoubleBE(20)];
  const body = position + headerOctets;
  const frame: Frame = {
    kind,
    offset,
    octets,
    ordinal: header.readDoubleBE(28),
    checksum: header.readUInt32BE(8),
    at: kind === 'in-place' ? offset : body,
  };
  return { frame, next: kind === 'in-log' ? body + octets : body, syncedTo: header.readDoubleBE(36) };
}
