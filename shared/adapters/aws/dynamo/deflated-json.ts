import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { PrintError } from '../../../core/domain/errors.ts';

/**
 * 50 jobs of this size fit in a transaction (4 MiB), and an item (400 KB) has room for later additions [Amazon
 * DynamoDB, service quotas].
 */
const octetsAtMost = 64 * 1024;

/**
 * Compresses a job record. DynamoDB bills writes per KiB; a typical job takes two uncompressed and one compressed, for
 * 40 microseconds of CPU. Throws `too-large` for a new job over the limit.
 */
export function deflateJson(thing: object): Uint8Array {
  const bytes = deflateRawSync(JSON.stringify(thing));
  if (bytes.length <= octetsAtMost) return bytes;
  throw new PrintError('too-large', `Job metadata is too large: at most ${octetsAtMost} bytes, compressed.`);
}

export const inflateJson = <T>(bytes: Uint8Array): T => JSON.parse(inflateRawSync(bytes).toString()) as T;
