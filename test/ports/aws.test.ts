import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { ministackCredentials, ministackRegion, startMiniStack } from '../../scripts/ministack.ts';
import { makeDocuments } from '../../shared/aws/documents.ts';
import { openDynamo } from '../../shared/aws/dynamo.ts';
import { makeJobStore } from '../../shared/aws/job-store.ts';
import { makePieces } from '../../shared/aws/pieces.ts';
import { makePresigner } from '../../shared/aws/presigner.ts';
import { makeQueue, openSqs } from '../../shared/aws/queue.ts';
import { makeRegistry } from '../../shared/aws/registry.ts';
import { openS3 } from '../../shared/aws/s3.ts';
import { makeUploadStore } from '../../shared/aws/upload-store.ts';
import type { AwsConfig } from '../../shared/config.ts';
import { addressSuite } from './address-suite.ts';
import { bucketContent, createBucket, createQueue, createTable } from './aws-resources.ts';
import { documentStoreSuite } from './document-store-suite.ts';
import { jobStoreSuite } from './job-store-suite.ts';
import { messageQueueSuite, suiteRow } from './message-queue-suite.ts';
import { multipartSuite } from './multipart-suite.ts';
import { pieceStoreSuite } from './piece-store-suite.ts';
import { registrySuite } from './registry-suite.ts';
import { consumeQueue, depthOf, moveAll, peek } from './sqs-consumer.ts';
import { uploadStoreSuite } from './upload-store-suite.ts';

/** The AWS adapters, put through the suites of their ports on an emulator. */

const ministack = await startMiniStack();
afterAll(() => ministack.stop());

const surroundings = {
  region: ministackRegion,
  credentials: ministackCredentials,
  endpoint: ministack.endpoint,
};
const fresh = (kind: string) => `${kind}-${randomUUID()}`;

/** Tables live in a time that tests may move; buckets and queues have their own. */
async function openTables() {
  const client = openDynamo(surroundings);
  let now = Date.now();
  const tell = () => now;
  return {
    jobs: makeJobStore({ client, name: await createTable(client, 'jobs', fresh('jobs')) }, tell),
    uploads: makeUploadStore({ client, name: await createTable(client, 'uploads', fresh('uploads')) }, tell),
    registry: makeRegistry({ client, name: await createTable(client, 'registry', fresh('registry')) }),
    async advance(milliseconds: number) {
      now += milliseconds;
    },
    leftBehind: async () => [],
    close: async () => client.destroy(),
  };
}

async function openBucket() {
  const client = openS3(surroundings);
  const bucket = await createBucket(client, fresh('documents'));
  const presign = makePresigner({ ...surroundings, bucket, now: Date.now });
  const documents = makeDocuments({ client, name: bucket }, presign);
  return {
    documents,
    pieces: makePieces(documents),
    advance: (milliseconds: number) => sleep(milliseconds),
    leftBehind: () => bucketContent(client, bucket),
    close: async () => client.destroy(),
  };
}

async function openQueue() {
  const client = openSqs(surroundings);
  const { url, deadUrl } = await createQueue(client, fresh('prepare'), suiteRow);
  const depths = () => Promise.all([url, deadUrl].map(queue => depthOf(client, queue)));
  return {
    queue: makeQueue(client, { prepare: url } as AwsConfig['queueUrls']),
    consume: (_: string, row: typeof suiteRow, handler: Parameters<typeof consumeQueue>[3]) =>
      consumeQueue(client, url, row, handler),
    deadLetters: () => peek(client, deadUrl),
    redrive: () => moveAll(client, deadUrl, url),
    advance: (milliseconds: number) => sleep(milliseconds),
    leftBehind: async () => (await depths()).flatMap(count => Array<string>(count).fill('message')),
    close: async () => client.destroy(),
  };
}

jobStoreSuite('aws', openTables);
uploadStoreSuite('aws', openTables);
registrySuite('aws', openTables);
documentStoreSuite('aws', openBucket);
multipartSuite('aws', openBucket);
addressSuite('aws', openBucket);
pieceStoreSuite('aws', openBucket);
messageQueueSuite('aws', openQueue);
