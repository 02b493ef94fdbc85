import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { PrintError } from '../../../core/domain/errors.ts';

/**
 * A transaction takes 4 MiB, so that 50 jobs of this size fit, and an item 400 KB, so that there is room for what is
 * added later [Amazon DynamoDB, service quotas].
 */
const octetsAtMost = 64 * 1024;

/**
 * A job as it is kept: JSON, deflated. Writes are paid by the KiB, and a job takes two as it is and one like this, at
 * 40 microseconds. Throws `too-large` for a new one that would not fit.
 */
export function packed(thing: object): Uint8Array {
  const bytes = deflateRawSync(JSON.stringify(thing));
  if (bytes.length <= octetsAtMost) return bytes;
  throw new PrintError('too-large', `What is told about a job may take ${octetsAtMost} bytes.`);
}

export const unpacked = <T>(bytes: Uint8Array): T => JSON.parse(inflateRawSync(bytes).toString()) as T;
