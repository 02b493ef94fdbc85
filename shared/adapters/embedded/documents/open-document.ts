import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { readFormat, trailerOctets } from './document-trailer.ts';
import { ifThere } from './durable-files.ts';

/** An open document, in a file or in the database. The caller must create one stream of it or close it. */
export interface OpenDocument {
  octets: number;
  /** changes when the document is replaced */
  etag: string;
  /** the stored media type */
  format(): Promise<string | undefined>;
  /** octets [from, to); closes the document at its end */
  stream(from: number, to: number): Readable;
  close(): Promise<void>;
}

const readOctets = 256 * 1024;

/** Undefined if there is no such file. */
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
