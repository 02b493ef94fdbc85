import { S3Client } from '@aws-sdk/client-s3';
import { clientOptions, type Surroundings } from '../clients.ts';
import { s3Patience } from './s3-answers.ts';

/** A bucket, and who is asked for it. */
export interface Bucket {
  client: S3Client;
  name: string;
}

/**
 * Bodies are signed whole, which is a digest already, so the SDK's own checksums are left out but where S3 demands one.
 */
export const openS3 = (surroundings: Surroundings) =>
  new S3Client({
    ...clientOptions(surroundings, s3Patience),
    // other addresses than S3's own know no bucket by its host name
    forcePathStyle: surroundings.endpoint !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: false,
  });
