import { S3Client } from '@aws-sdk/client-s3';
import { PrintError } from '../domain/errors.ts';
import { clientOptions, type Surroundings } from './clients.ts';

/** A bucket, and who is asked for it. */
export interface Bucket {
  client: S3Client;
  name: string;
}

/**
 * A part of 8 MiB may take a while on a small function's share of the network. Bodies are signed whole, which is a
 * digest already, so the SDK's own checksums are left out but where S3 demands one.
 */
export const openS3 = (surroundings: Surroundings) =>
  new S3Client({
    ...clientOptions(surroundings, { requestMilliseconds: 15_000, attempts: 4 }),
    // other addresses than S3's own know no bucket by its host name
    forcePathStyle: surroundings.endpoint !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: false,
  });

/** What S3's refusals mean here. [Amazon S3, "Error responses"] */
export type Refusal = 'absent' | 'upload-gone' | 'part-changed' | 'bad-parts' | 'bad-range';

const refusals: Record<string, Refusal> = {
  NoSuchKey: 'absent',
  NotFound: 'absent',
  NoSuchUpload: 'upload-gone',
  InvalidPart: 'part-changed',
  InvalidPartOrder: 'bad-parts',
  EntityTooSmall: 'bad-parts',
  MalformedXML: 'bad-parts',
  InvalidRange: 'bad-range',
  InvalidArgument: 'bad-range',
};

/** Waits for an answer, or says which of the refusals it is that the caller expects. All else is `internal`. */
export async function refusable<T, Expected extends Refusal = never>(
  answer: Promise<T>,
  ...expected: Expected[]
): Promise<T | Expected> {
  try {
    return await answer;
  } catch (cause) {
    const refusal = refusals[(cause as Error).name];
    const isExpected = refusal !== undefined && (expected as Refusal[]).includes(refusal);
    if (isExpected) return refusal as Expected;
    throw new PrintError('internal', 'The document store does not answer.', { cause });
  }
}
