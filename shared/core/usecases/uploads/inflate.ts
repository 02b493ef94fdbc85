import { PassThrough, pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, createInflate, gunzip, inflate } from 'node:zlib';
import { type Compression, maximumDocumentOctets } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';

/**
 * Deflate reaches at most about 1030 to 1, and real documents stay far below. Large data with a higher ratio than this is
 * taken for a decompression bomb [zlib technical details].
 */
const maximumRatio = 250;
const ratioCountsFromOctets = 64 * 1024 * 1024;

const inflateBytes = { zlib: promisify(inflate), gzip: promisify(gunzip) };

/**
 * Inflates a small body. Undefined when the result is larger than `limitOctets`: use the stream then. Throws
 * `document-format-error` when the octets are not in the named compression, or the result is empty.
 */
export async function inflateSmall(bytes: Uint8Array, compression: Compression, limitOctets: number) {
  try {
    const plain = await inflateBytes[compression](bytes, { maxOutputLength: limitOctets });
    if (plain.length > 0) return plain;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw notCompressed(compression, error);
  }
  throw new PrintError('document-format-error', 'The document is empty after decompression.');
}

/** Inflates a stream and refuses decompression bombs. The returned stream fails with a PrintError. */
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
  return new PrintError('too-large', `The decompressed document is too large: more than ${limits}.`);
}

const notCompressed = (compression: Compression, cause: unknown) =>
  new PrintError(
    'document-format-error',
    `The document is not valid ${compression} data. Check the compression that the request names.`,
    { cause },
  );
