import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { readFormat, trailerOctets } from './document-trailer.ts';
import { ifThere } from './durable-files.ts';

/** A document that is read, whatever it is kept in. Whoever opened it makes one stream of it, or closes it. */
export interface OpenDocument {
  octets: number;
  /** changes when the document is replaced by another */
  etag: string;
  /** the media type that was stored with it */
  format(): Promise<string | undefined>;
  /** octets [from, to); the document is closed at its end */
  stream(from: number, to: number): Readable;
  close(): Promise<void>;
}

const readOctets = 256 * 1024;

/** Undefined when there is no such file. */
export async function openFile(path: string): Promise<OpenDocument | undefined> {
  const file = await ifThere(open(path, 'r'));
  if (!file) return undefined;
  const { size, ino, mtimeNs } = await file.stat({ bigint: true });
  const octets = Number(size) - trailerOctets;
  return {
    octets,
    etag: `"${ino.toString(36)}-${mtimeNs.toString(36)}"`,
    format: () => readFormat(file, octets),
    stream(from, to) {
      const end = Math.min(to, octets);
      if (from < end) return file.createReadStream({ start: from, end: end - 1, highWaterMark: readOctets });
      void file.close();
      return Readable.from([]);
    },
    close: () => file.close(),
  };
}
