import { createHash } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { sniffedOctets } from '../../../core/domain/document.ts';
import { PrintError } from '../../../core/domain/errors.ts';
import { detachBuffer } from './detach-buffer.ts';

export interface WrittenStream {
  octets: number;
  /** lower-case hex */
  sha256: string;
  /** leading octets, enough to sniff the format */
  head: Buffer;
}

/** Octets per write: a write costs a thread switch, whatever its size. */
const gatheredOctets = 512 * 1024;

type Write = (chunks: Uint8Array[], position: number) => Promise<void>;

/**
 * Writes a stream and measures it. Chunks are gathered while the previous write runs. If the stream fails or ends
 * early, rethrows the failure after all writes have ended.
 */
export async function writeStream(
  source: Uint8Array | Readable,
  write: Write,
  maximumOctets = Number.POSITIVE_INFINITY,
): Promise<WrittenStream> {
  const digest = createHash('sha256');
  const gathering = new WriteBuffer(write, source instanceof IncomingMessage);
  let head = Buffer.alloc(0);
  let octets = 0;
  try {
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      octets += bytes.length;
      if (octets > maximumOctets)
        throw new PrintError('too-large', `The document is too large: at most ${maximumOctets} bytes are allowed.`);
      if (head.length < sniffedOctets) head = Buffer.concat([head, bytes.subarray(0, sniffedOctets - head.length)]);
      digest.update(bytes);
      await gathering.add(bytes);
    }
    await gathering.flush();
  } finally {
    await gathering.settled();
  }
  return { octets, sha256: digest.digest('hex'), head };
}

/** Chunks gathered for the next write, and the write in progress. */
class WriteBuffer {
  readonly #write: Write;
  /** chunks of a request body have no other owner, so their buffers may be detached */
  readonly #areOwn: boolean;
  #chunks: Uint8Array[] = [];
  #octets = 0;
  #position = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(write: Write, areOwn: boolean) {
    this.#write = write;
    this.#areOwn = areOwn;
  }

  async add(bytes: Uint8Array): Promise<void> {
    this.#chunks.push(bytes);
    this.#octets += bytes.length;
    if (this.#octets < gatheredOctets) return;
    await this.#writing;
    this.#writing = this.#writeOut();
    // rejects for the next caller that awaits it
    this.#writing.catch(() => undefined);
  }

  async flush(): Promise<void> {
    await this.#writing;
    if (this.#octets > 0) await this.#writeOut();
  }

  async settled(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  async #writeOut(): Promise<void> {
    const [chunks, position] = [this.#chunks, this.#position];
    this.#position += this.#octets;
    this.#chunks = [];
    this.#octets = 0;
    await this.#write(chunks, position);
    if (this.#areOwn) chunks.forEach(detachBuffer);
  }
}
