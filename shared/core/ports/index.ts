import type { Clock } from './clock.ts';
import type { DocumentStore } from './document-store.ts';
import type { DocumentUse } from './document-use.ts';
import type { EventLog } from './event-log.ts';
import type { EventWriter } from './event-writer.ts';
import type { JobStore } from './job-store.ts';
import type { Keyring } from './keyring.ts';
import type { MessageQueue } from './message-queue.ts';
import type { PieceStore } from './piece-store.ts';
import type { Registry } from './registry.ts';
import type { RelayIdentities } from './relay-identities.ts';
import type { RelayLink } from './relay-link.ts';
import type { StoredOctets } from './stored-octets.ts';
import type { UploadStore } from './upload-store.ts';
import type { WebhookStore } from './webhook-store.ts';

/*
 * The ports of the core. An adapter implements one of them for one service; `test/ports/` holds the suite that every
 * adapter must pass. Adapters throw PrintError('internal') for failures they cannot handle. The results "not found",
 * "already done" and "another writer was first" are documented here and are never exceptions.
 *
 * Records with a `version` are saved on the condition that the stored version is the one that was read.
 */

export type { CallbackPolicy } from './callback-policy.ts';
export type { Clock } from './clock.ts';
export type { CompanyStore } from './company-store.ts';
export type { ConversionContext, Converted, ConvertedFile, Converter, LocalConverter, Octets } from './converter.ts';
export type { CreditLedger } from './credit-ledger.ts';
export type { DeviceRegistry, NameRange } from './device-registry.ts';
export type { DocumentStore, Part, PresignRead, PutOptions, WholePutOptions } from './document-store.ts';
export type { DocumentUse, UnusedDocuments } from './document-use.ts';
export type { EventLog } from './event-log.ts';
export type { EventPoster } from './event-poster.ts';
export type { Change, EventWriter } from './event-writer.ts';
export type { CreateOutcome, IdempotencyClaim, JobStore } from './job-store.ts';
export type { Keyring } from './keyring.ts';
export type { CallbackMessage, EventMessage, MessageQueue, Messages } from './message-queue.ts';
export type { PieceStore } from './piece-store.ts';
export type { Registry } from './registry.ts';
export type { RelayIdentities } from './relay-identities.ts';
export type { RelayLink } from './relay-link.ts';
export type { RelayRegistry } from './relay-registry.ts';
export type { Saved } from './saved.ts';
export type { StoredOctets } from './stored-octets.ts';
export type { UploadStore } from './upload-store.ts';
export type { WebhookStore } from './webhook-store.ts';
export type { Webhooks } from './webhooks.ts';

/** Core and adapters together: what a use case receives. */
export interface Ports {
  clock: Clock;
  jobs: JobStore;
  uploads: UploadStore;
  documents: DocumentStore;
  documentUse: DocumentUse;
  pieces: PieceStore;
  storedOctets: StoredOctets;
  registry: Registry;
  events: EventLog;
  eventWriter: EventWriter;
  keyring: Keyring;
  webhookStore: WebhookStore;
  queue: MessageQueue;
  relayLink: RelayLink;
  relayIdentities: RelayIdentities;
}
