import type { Clock } from './clock.ts';
import type { DocumentStore } from './document-store.ts';
import type { JobStore } from './job-store.ts';
import type { MessageQueue } from './message-queue.ts';
import type { PieceStore } from './piece-store.ts';
import type { Registry } from './registry.ts';
import type { RelayIdentities } from './relay-identities.ts';
import type { RelayLink } from './relay-link.ts';
import type { UploadStore } from './upload-store.ts';

/*
 * Every door out of the core. An adapter answers one of these for one service; `test/ports/` holds the suite that
 * each adapter must pass. Adapters throw PrintError('internal') for what they cannot help; what a method returns for
 * "not there", "already" and "somebody else was first" is said here and is never an exception.
 *
 * Things with a `version` are saved on the condition that the stored version is still the one that was read.
 */

export type { CallbackPolicy } from './callback-policy.ts';
export type { Clock } from './clock.ts';
export type { ConversionContext, Converted, ConvertedFile, Converter } from './converter.ts';
export type { CopyFrom, DocumentStore, Part, PresignRead, PutOptions } from './document-store.ts';
export type { CreateOutcome, IdempotencyClaim, JobStore } from './job-store.ts';
export type { MessageQueue, Messages } from './message-queue.ts';
export type { PieceStore } from './piece-store.ts';
export type { Registry } from './registry.ts';
export type { RelayIdentities } from './relay-identities.ts';
export type { RelayLink } from './relay-link.ts';
export type { Saved } from './saved.ts';
export type { UploadStore } from './upload-store.ts';
export type { Webhooks } from './webhooks.ts';

/** Core and adapters put together; what a use case is given. */
export interface Ports {
  clock: Clock;
  jobs: JobStore;
  uploads: UploadStore;
  documents: DocumentStore;
  pieces: PieceStore;
  registry: Registry;
  queue: MessageQueue;
  relayLink: RelayLink;
  relayIdentities: RelayIdentities;
}
