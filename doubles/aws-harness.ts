import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { ClientSettings } from '../shared/adapters/aws/clients.ts';
import { makeDocumentUse } from '../shared/adapters/aws/dynamo/document-use.ts';
import { openDynamo } from '../shared/adapters/aws/dynamo/dynamo.ts';
import { makeEventLog } from '../shared/adapters/aws/dynamo/event-log.ts';
import { makeEventWriter } from '../shared/adapters/aws/dynamo/event-writer.ts';
import { makeJobStore } from '../shared/adapters/aws/dynamo/job-store.ts';
import { makeRegistry } from '../shared/adapters/aws/dynamo/registry.ts';
import { makeStoredOctets } from '../shared/adapters/aws/dynamo/stored-octets.ts';
import { makeUploadStore } from '../shared/adapters/aws/dynamo/upload-store.ts';
import { makeWebhookStore } from '../shared/adapters/aws/dynamo/webhook-store.ts';
import { makeDocuments } from '../shared/adapters/aws/s3/documents.ts';
import { makePieces } from '../shared/adapters/aws/s3/pieces.ts';
import { makePresigner } from '../shared/adapters/aws/s3/presigner.ts';
import { openS3 } from '../shared/adapters/aws/s3/s3.ts';
import { makeQueue, openSqs } from '../shared/adapters/aws/sqs/queue.ts';
import type { DocumentStore, MessageQueue, Ports } from '../shared/core/ports/index.ts';
import { deleteUnused } from '../shared/core/usecases/upkeep/delete-unused.ts';
import { type AwsConfig, sentQueues } from '../shared/protocol/config.ts';
import { bucketContent, createBucket, createQueue, createTable } from './aws-resources.ts';
import { suiteRow } from './harness.ts';
import { someToken } from './samples.ts';
import { consumeQueue, depthOf, moveAll, peek } from './sqs-consumer.ts';

/*
 * The AWS adapters with their own tables, bucket and queues. `prepare` receives each client before the adapters do:
 * fault tests add middleware between the client and the network.
 */

type Prepare<Client> = (client: Client) => void;
const asItIs = () => undefined;
const fresh = (kind: string) => `${kind}-${randomUUID()}`;

/** Tables use a clock that tests can advance; buckets and queues use real time. `queue` gets the events to deliver. */
export async function openTables(
  settings: ClientSettings,
  prepare: Prepare<DynamoDBClient> = asItIs,
  queue: MessageQueue = { send: async () => undefined },
) {
  const client = openDynamo(settings);
  let now = Date.now();
  const tell = () => now;
  const [jobs, uploads, registry, events] = await Promise.all([
    createTable(client, 'jobs', fresh('jobs')),
    createTable(client, 'uploads', fresh('uploads')),
    createTable(client, 'registry', fresh('registry')),
    createTable(client, 'events', fresh('events')),
  ]);
  prepare(client);
  const pause = async (milliseconds: number) => void (await sleep(milliseconds));
  const clock = { now: tell, pause };
  const eventsTable = { client, name: events };
  return {
    names: { jobsTable: jobs, uploadsTable: uploads, registryTable: registry, eventsTable: events },
    clock,
    jobs: makeJobStore({ client, name: jobs }, tell),
    documentUse: makeDocumentUse({ client, name: jobs }, tell),
    uploads: makeUploadStore({ client, name: uploads }, tell),
    storedOctets: makeStoredOctets({ client, name: jobs }, tell),
    registry: makeRegistry({ client, name: registry }),
    events: makeEventLog(eventsTable, clock),
    eventWriter: makeEventWriter(eventsTable, clock, queue),
    webhookStore: makeWebhookStore(eventsTable, tell),
    async advance(milliseconds: number) {
      now += milliseconds;
    },
    leftBehind: async () => [],
    close: async () => client.destroy(),
  };
}

/** `now` is the clock that presigned addresses expire by. */
export async function openBucket(
  settings: ClientSettings,
  prepare: Prepare<S3Client> = asItIs,
  now: () => number = Date.now,
) {
  const client = openS3(settings);
  const observer = openS3(settings);
  const bucket = await createBucket(client, fresh('documents'));
  prepare(client);
  const presign = makePresigner({ ...settings, bucket, now });
  const documents = makeDocuments({ client, name: bucket }, presign);
  return {
    documents,
    pieces: makePieces(documents),
    advance: (milliseconds: number) => sleep(milliseconds),
    leftBehind: () => bucketContent(observer, bucket),
    async close() {
      client.destroy();
      observer.destroy();
    },
  };
}

export async function openQueue(settings: ClientSettings, prepare: Prepare<SQSClient> = asItIs) {
  const client = openSqs(settings);
  const sender = openSqs(settings);
  const { url, deadUrl } = await createQueue(client, fresh('prepare'), suiteRow);
  prepare(sender);
  const depths = () => Promise.all([url, deadUrl].map(queue => depthOf(client, queue)));
  return {
    queue: makeQueue(sender, Object.fromEntries(sentQueues.map(name => [name, url])) as AwsConfig['queueUrls']),
    consume: (_: string, row: typeof suiteRow, handler: Parameters<typeof consumeQueue>[3]) =>
      consumeQueue(client, url, row, handler),
    deadLetters: () => peek(client, deadUrl),
    redrive: () => moveAll(client, deadUrl, url),
    advance: (milliseconds: number) => sleep(milliseconds),
    leftBehind: async () => (await depths()).flatMap(count => Array<string>(count).fill('message')),
    async close() {
      client.destroy();
      sender.destroy();
    },
  };
}

/** The use cases' ports over these tables and documents; no message leads anywhere. */
export async function openRetention(settings: ClientSettings, openDocuments: () => Promise<DocumentsHarness>) {
  const [tables, bucket] = await Promise.all([openTables(settings), openDocuments()]);
  const ports = {
    ...tables,
    documents: bucket.documents,
    pieces: makePieces(bucket.documents),
    clock: { ...tables.clock, token: someToken },
    queue: { send: async () => undefined },
    relayLink: { publish: async () => undefined },
  } as unknown as Ports;
  return {
    ports,
    names: tables.names,
    async pass(milliseconds: number) {
      await tables.advance(milliseconds);
      await deleteUnused(ports, tables.clock.now(), () => false);
    },
    async close() {
      await Promise.all([tables, bucket].map(opened => opened.close()));
    },
  };
}

interface DocumentsHarness {
  documents: DocumentStore;
  close(): Promise<void>;
}
