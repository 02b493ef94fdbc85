import { afterAll } from 'vitest';
import { openBucket, openQueue, openRetention, openTables } from '../../doubles/aws-harness.ts';
import { startStrictDynamo } from '../../doubles/dynamodb/strict-dynamo.ts';
import { startStrictS3 } from '../../doubles/s3/strict-s3.ts';
import { startStrictSqs } from '../../doubles/sqs/strict-sqs.ts';
import { addressSuite } from './address-suite.ts';
import { documentStoreSuite } from './document-store-suite.ts';
import { eraseCompanySuite } from './erase-company-suite.ts';
import { eventLogSuite } from './event-log-suite.ts';
import { jobStoreSuite } from './job-store-suite.ts';
import { messageQueueSuite } from './message-queue-suite.ts';
import { multipartSuite } from './multipart-suite.ts';
import { pieceStoreSuite } from './piece-store-suite.ts';
import { registrySuite } from './registry-suite.ts';
import { storedOctetsSuite } from './stored-octets-suite.ts';
import { unusedDocumentsSuite } from './unused-documents-suite.ts';
import { uploadStoreSuite } from './upload-store-suite.ts';
import { webhookStoreSuite } from './webhook-store-suite.ts';

/** Runs the port suites with the AWS adapters on strict doubles. */

const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
const [dynamo, s3, sqs] = await Promise.all([startStrictDynamo(), startStrictS3(credentials), startStrictSqs()]);
afterAll(() => Promise.all([dynamo.close(), s3.close(), sqs.close()]));

const settingsOf = ({ endpoint }: { endpoint: string }) => ({ region: 'eu-central-1', credentials, endpoint });
const settings = settingsOf(dynamo);
const openStrictBucket = async () => {
  const bucket = await openBucket(settingsOf(s3), undefined, s3.now);
  return { ...bucket, advance: s3.advance };
};
const openStrictQueue = async () => ({ ...(await openQueue(settingsOf(sqs))), advance: sqs.advance });

jobStoreSuite('aws, strict', () => openTables(settings));
uploadStoreSuite('aws, strict', () => openTables(settings));
storedOctetsSuite('aws, strict', () => openTables(settings));
registrySuite('aws, strict', () => openTables(settings));
eventLogSuite('aws, strict', () => openTables(settings));
webhookStoreSuite('aws, strict', () => openTables(settings));
documentStoreSuite('aws, strict', openStrictBucket);
multipartSuite('aws, strict', openStrictBucket);
addressSuite('aws, strict', openStrictBucket);
pieceStoreSuite('aws, strict', openStrictBucket);
messageQueueSuite('aws, strict', openStrictQueue);
unusedDocumentsSuite('aws, strict', () => openRetention(settings, openStrictBucket));
eraseCompanySuite('aws, strict', settings, () => openRetention(settings, openStrictBucket));
