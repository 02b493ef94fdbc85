import { awsError } from '../aws-error.ts';
import type { Timeouts } from '../clients.ts';

/** Long enough for a part of 8 MiB on a small function's share of the network. */
export const s3Timeouts: Timeouts = { requestMilliseconds: 15_000, attempts: 4 };

/** S3 errors that callers handle [Amazon S3, "Error responses"]. */
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

/** Awaits a response, or returns the refusal if it is one of `expected`. All other errors become `internal`. */
export async function orRefusal<T, Expected extends Refusal = never>(
  answer: Promise<T>,
  ...expected: Expected[]
): Promise<T | Expected> {
  try {
    return await answer;
  } catch (cause) {
    const refusal = refusals[(cause as Error).name];
    const isExpected = refusal !== undefined && (expected as Refusal[]).includes(refusal);
    if (isExpected) return refusal as Expected;
    throw awsError('S3', cause);
  }
}
