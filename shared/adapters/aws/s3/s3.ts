import { S3Client } from '@aws-sdk/client-s3';
import { type ClientSettings, clientOptions, withinDeadline } from '../clients.ts';
import { s3Timeouts } from './s3-answers.ts';

/** A bucket and its client. */
export interface Bucket {
  client: S3Client;
  name: string;
}

/** Whole bodies are signed, which includes a digest, so the SDK adds checksums only where S3 requires them. */
export const openS3 = (settings: ClientSettings) =>
  withinDeadline(
    new S3Client({
      ...clientOptions(settings, s3Timeouts),
      // custom endpoints do not support virtual-hosted buckets
      forcePathStyle: settings.endpoint !== undefined,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      followRegionRedirects: false,
    }),
  );
