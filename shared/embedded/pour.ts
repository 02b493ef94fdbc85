import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { sniffedOctets } from '../domain/document.ts';
import { PrintError } from '../domain/errors.ts';

export interface Poured {
  octets: number;
  /** lower-case hex */
  sha256: string;
  /** enough from the front to sniff the format */
  head: Buffer;
}

/** Passes bytes on as they come, measuring them on the way. A stream that fails or ends early throws what it failed of. */
export async function pour(
  source: Uint8Array | Readable,
  write: (bytes: Uint8Array, position: number) => Promise<void>,
  maximumOctets = Number.POSITIVE_INFINITY,
): Promise<Poured> {
  const digest = createHash('sha256');
  let head = Buffer.alloc(0);
  let octets = 0;
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (octets + bytes.length > maximumOctets) throw new PrintError('too-large', `At most ${maximumOctets} octets.`);
    if (head.length < sniffedOctets) head = Buffer.concat([head, bytes.subarray(0, sniffedOctets - head.length)]);
    digest.update(bytes);
    await write(bytes, octets);
    octets += bytes.length;
  }
  return { octets, sha256: digest.digest('hex'), head };
}
