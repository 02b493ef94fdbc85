import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  HttpMethods,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { documentsPrefix, stagingPrefix } from '../shared/adapters/aws/dynamo/table.ts';
import { cors } from '../shared/protocol/service-table.ts';
import type { Environment } from './environments.ts';

/** Uploads expire after a day; this removes what the sweep could not end. */
const abandonedAfter = Duration.days(3);

/**
 * The longest life of a job: three days for its relay, one at the printer and a week for a confirmation, in three attempts;
 * or 30 days on hold before it. Documents that no job was made for are deleted then, and those whose deletion failed.
 */
const jobDays = 65;

/** The bucket of documents. Access requires one of the functions' roles or a presigned address. */
export function makeBucket(scope: Construct, { keepData, documentDays }: Environment, key: Key | undefined): Bucket {
  if (documentDays < 1 || documentDays > 29)
    throw new Error(`documentDays is ${documentDays}: use a number from 1 to 29.`);
  const bucket = new Bucket(scope, 'Bucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    // with a key of the bucket, S3 seldom asks AWS KMS
    ...(key
      ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    lifecycleRules: [
      { id: 'abandoned-segments', prefix: stagingPrefix, expiration: abandonedAfter },
      { id: 'abandoned-parts', abortIncompleteMultipartUploadAfter: abandonedAfter },
      { id: 'documents', prefix: documentsPrefix, expiration: Duration.days(jobDays + documentDays) },
    ],
    // browsers upload parts and download documents by presigned addresses; ETags identify parts
    cors: [
      {
        allowedOrigins: cors.allowOrigins,
        allowedMethods: [HttpMethods.GET, HttpMethods.PUT, HttpMethods.HEAD],
        allowedHeaders: ['*'],
        exposedHeaders: ['ETag', 'Content-Disposition'],
        maxAge: cors.maxAgeSeconds,
      },
    ],
  });
  (bucket.node.defaultChild as CfnBucket).overrideLogicalId('Bucket');
  return bucket;
}
