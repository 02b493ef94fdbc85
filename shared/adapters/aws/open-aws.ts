import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Clock,
  DocumentStore,
  EventWriter,
  Keyring,
  MessageQueue,
  PieceStore,
  Ports,
  RelayIdentities,
  RelayLink,
} from '../../core/ports/index.ts';
import type { AwsConfig } from '../../protocol/config.ts';
import { observeJobs } from '../../telemetry/observe-jobs.ts';
import { makeDocumentUse } from './dynamo/document-use.ts';
import { openDynamo } from './dynamo/dynamo.ts';
import { makeEventLog } from './dynamo/event-log.ts';
import { makeJobStore } from './dynamo/job-store.ts';
import { makeRegistry } from './dynamo/registry.ts';
import { makeStoredOctets } from './dynamo/stored-octets.ts';
import { makeStoredSecret } from './dynamo/stored-secret.ts';
import { makeUploadStore } from './dynamo/upload-store.ts';
import { makeWebhookStore } from './dynamo/webhook-store.ts';
import { lazyPort } from './lazy-port.ts';
import { type Addresses, makeAddresses } from './s3/addresses.ts';
import { makePresigner } from './s3/presigner.ts';

export const clock: Clock = {
  now: Date.now,
  token: () => randomBytes(16).toString('hex'),
  async pause(milliseconds) {
    await sleep(milliseconds);
  },
};

/** The adapters of one AWS installation. Every function uses tables; other services open on first use. */
export function openAws(config: AwsConfig): Ports {
  const client = openDynamo(config);
  const presign = makePresigner({ ...config, now: clock.now });
  const documents = lazyPort<DocumentStore, keyof Addresses>(async () => {
    const [{ makeDocuments }, { openS3 }] = await Promise.all([import('./s3/documents.ts'), import('./s3/s3.ts')]);
    return makeDocuments({ client: openS3(config), name: config.bucket }, presign);
  }, makeAddresses(presign));
  const queue = lazyPort<MessageQueue>(async () => {
    const { makeQueue, openSqs } = await import('./sqs/queue.ts');
    return makeQueue(openSqs(config), config.queueUrls);
  });
  const eventsTable = { client, name: config.eventsTable };
  return {
    clock,
    jobs: observeJobs(makeJobStore({ client, name: config.jobsTable }, clock.now)),
    documentUse: makeDocumentUse({ client, name: config.jobsTable }, clock.now),
    uploads: makeUploadStore({ client, name: config.uploadsTable }, clock.now),
    storedOctets: makeStoredOctets({ client, name: config.jobsTable }, clock.now),
    registry: makeRegistry({ client, name: config.registryTable }),
    events: makeEventLog(eventsTable, clock),
    eventWriter: lazyPort<EventWriter>(async () => {
      const { makeEventWriter } = await import('./dynamo/event-writer.ts');
      return makeEventWriter(eventsTable, clock, queue);
    }),
    webhookStore: makeWebhookStore(eventsTable, clock.now),
    keyring: lazyPort<Keyring>(async () => {
      const { makeKeyring, openKms } = await import('./kms/keyring.ts');
      return makeKeyring(openKms(config), config.keyringKey, makeStoredSecret(eventsTable));
    }),
    documents,
    pieces: lazyPort<PieceStore>(async () => (await import('./s3/pieces.ts')).makePieces(documents)),
    queue,
    relayLink: lazyPort<RelayLink>(async () => {
      const { makeRelayLink, openIotData } = await import('./iot/relay-link.ts');
      return makeRelayLink(openIotData(config));
    }),
    relayIdentities: lazyPort<RelayIdentities>(async () => {
      const { makeRelayIdentities, openIot } = await import('./iot/relay-identities.ts');
      return makeRelayIdentities(openIot(config), config);
    }),
  };
}
