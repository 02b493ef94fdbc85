import { PrintError } from '../../../core/domain/errors.ts';
import type { Patience } from '../clients.ts';

/** A part of 8 MiB may take a while on a small function's share of the network. */
export const s3Patience: Patience = { requestMilliseconds: 15_000, attempts: 4 };

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
