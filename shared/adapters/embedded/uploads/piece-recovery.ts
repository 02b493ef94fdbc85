import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { onDisk, readAt } from '../documents/durable-files.ts';
import { type Frame, headerOctets, parseHeader } from './piece-frames.ts';

/** The two files of a piece log. */
export interface PieceFiles {
  log: FileHandle;
  data: FileHandle;
}

export const octetsOf = (frame: Frame, { log, data }: PieceFiles) =>
  readAt(frame.kind === 'in-place' ? data : log, frame.at, frame.octets);

const isWhole = async (frame: Frame, files: PieceFiles) => crc32(await octetsOf(frame, files)) === frame.checksum;

interface Whole {
  frames: Frame[];
  /** position after the last whole frame */
  end: number;
  isSealed: boolean;
}

/** Reads a log up to the first incomplete frame, or to its seal. */
export async function wholeFrames(files: PieceFiles): Promise<Whole> {
  const found = await headersIn(files.log);
  const syncedTo = found.at(-1)?.syncedTo ?? 0;
  const frames: Frame[] = [];
  let end = 0;
  for (const { frame, next } of found) {
    if (frame.kind === 'seal') return { frames, end, isSealed: true };
    if (next > syncedTo && !(await isWhole(frame, files))) break;
    frames.push(frame);
    end = next;
  }
  return { frames, end, isSealed: false };
}

async function headersIn(log: FileHandle) {
  const { size } = await onDisk(log.stat());
  const found: NonNullable<ReturnType<typeof parseHeader>>[] = [];
  for (let at = 0; at + headerOctets <= size; ) {
    const header = parseHeader(await readAt(log, at, headerOctets), at);
    if (!header || header.next > size) break;
    found.push(header);
    at = header.next;
  }
  return found;
}
