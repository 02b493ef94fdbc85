import { PassThrough, pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, createInflate, gunzip, inflate } from 'node:zlib';
import { type Compression, maximumDocumentOctets } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';

/**
 * Deflate cannot do better than about 1030 to 1, and real documents stay far below: what expands more than this, once
 * it is large at all, was made to [zlib technical details].
 */
const maximumRatio = 250;
const ratioCountsFromOctets = 64 * 1024 * 1024;

const inflateBytes = { zlib: promisify(inflate), gzip: promisify(gunzip) };

/**
 * Inflates a small body at once. Undefined when the result would be larger than `limitOctets` and should be left to
 * the stream; throws `document-format-error` for octets that are not of the named compression, or of nothing.
 */
export async function inflateSmall(bytes: Uint8Array, compression: Compression, limitOctets: number) {
  try {
    const plain = await inflateBytes[compression](bytes, { maxOutputLength: limitOctets });
    if (plain.length > 0) return plain;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw notCompressed(compression, error);
  }
  throw new PrintError('document-format-error', 'Decompressed, the document is empty.');
}

/** Inflates a stream, refusing bombs. The stream that comes back fails with a PrintError. */
export function inflateStream(source: Readable, compression: Compression): Readable {
  return Readable.from(inflated(source, compression), { objectMode: false });
}

async function* inflated(source: Readable, compression: Compression): AsyncGenerator<Buffer> {
  let taken = 0;
  let given = 0;
  const counting = new PassThrough().on('data', (chunk: Buffer) => {
    taken += chunk.length;
  });
  const inflating = compression === 'zlib' ? createInflate() : createGunzip();
  // the loop below sees the same error on the last stream
  pipeline(source, counting, inflating, () => {});
  try {
    for await (const chunk of inflating) {
      given += chunk.length;
      if (isBomb(taken, given)) throw bomb();
      yield chunk;
    }
  } catch (error) {
    throw error instanceof PrintError ? error : notCompressed(compression, error);
  }
}

function isBomb(taken: number, given: number): boolean {
  return given > maximumDocumentOctets || (given > ratioCountsFromOctets && given > taken * maximumRatio);
}

function bomb() {
  const limits = `${maximumDocumentOctets} bytes, or more than ${maximumRatio} times its size`;
  return new PrintError('too-large', `Decompressed, the document is larger than ${limits}.`);
}

const notCompressed = (compression: Compression, cause: unknown) =>
  new PrintError('document-format-error', `The document is not valid ${compression} data.`, { cause });
