import { createHash } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { sniffedOctets } from '../../../core/domain/document.ts';
import { PrintError } from '../../../core/domain/errors.ts';
import { giveBack } from './give-back.ts';

export interface Poured {
  octets: number;
  /** lower-case hex */
  sha256: string;
  /** enough from the front to sniff the format */
  head: Buffer;
}

/** Written at once: a write costs a thread's waking, however little it writes. */
const gatheredOctets = 512 * 1024;

type Write = (chunks: Uint8Array[], position: number) => Promise<void>;

/**
 * Passes bytes on as they come, measuring them on the way; what was gathered is written while more is taken in. A
 * stream that fails or ends early throws what it failed of, once nothing is being written any more.
 */
export async function pour(
  source: Uint8Array | Readable,
  write: Write,
  maximumOctets = Number.POSITIVE_INFINITY,
): Promise<Poured> {
  const digest = createHash('sha256');
  const gathering = new Gathering(write, source instanceof IncomingMessage);
  let head = Buffer.alloc(0);
  let octets = 0;
  try {
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      octets += bytes.length;
      if (octets > maximumOctets) throw new PrintError('too-large', `At most ${maximumOctets} octets.`);
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

/** Chunks on their way to one write, and the write that is under way. */
class Gathering {
  readonly #write: Write;
  /** chunks of a request's body belong to nobody else */
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
    // told to whoever waits for it next
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
    if (this.#areOwn) chunks.forEach(giveBack);
  }
}
