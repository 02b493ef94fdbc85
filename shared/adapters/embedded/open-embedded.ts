import type { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type {
  Clock,
  DocumentUse,
  EventLog,
  EventWriter,
  JobStore,
  Keyring,
  PieceStore,
  Registry,
  StoredOctets,
  UploadStore,
  WebhookStore,
} from '../../core/ports/index.ts';
import { observeJobs } from '../../telemetry/observe-jobs.ts';
import { makeClock } from './clock.ts';
import { lockDataFolder, secretIn } from './data-folder.ts';
import { FileDocuments } from './documents/documents.ts';
import { AddressSigner } from './documents/signed-address.ts';
import { makeStorageHandler, type StorageHandler } from './documents/storage-handler.ts';
import { makeStoredOctets } from './documents/stored-octets.ts';
import { makeKeyring } from './keyring.ts';
import { EmbeddedQueue } from './queue/queue.ts';
import { makeEventLog } from './sqlite/event-log.ts';
import { makeEventWriter } from './sqlite/event-writer.ts';
import { makeJobStore } from './sqlite/job-store.ts';
import { makeRegistry } from './sqlite/registry.ts';
import { deleteExpired } from './sqlite/retention.ts';
import { migrations } from './sqlite/schema.ts';
import { Sqlite } from './sqlite/sqlite.ts';
import { makeWebhookQueue } from './sqlite/webhook-queue.ts';
import { type DueDeliveries, makeWebhookStore } from './sqlite/webhook-store.ts';
import { admitWrites } from './uploads/admit-write.ts';
import { PieceLogs } from './uploads/piece-logs.ts';
import { makePieces } from './uploads/pieces.ts';
import { makeUploadStore } from './uploads/upload-store.ts';

export interface EmbeddedOptions {
  /** data folder; created if missing, and locked until `close` */
  folder: string;
  /**
   * public address of the server that serves `storageHandler`; called for each address, since it is known only after
   * start-up
   */
  publicUrl: () => string;
  now?: () => number;
  /** milliseconds that a document stays after the end of its last job; a day by default */
  keepPrinted?: number;
}

/** The stores of one machine, in one folder. */
export interface Embedded {
  clock: Clock;
  jobs: JobStore;
  uploads: UploadStore;
  documents: FileDocuments;
  documentUse: DocumentUse;
  pieces: PieceStore;
  storedOctets: StoredOctets;
  registry: Registry;
  events: EventLog;
  eventWriter: EventWriter;
  keyring: Keyring;
  webhookStore: WebhookStore & DueDeliveries;
  /** emits `event` with the id of the company after each event */
  eventWritten: EventEmitter;
  queue: EmbeddedQueue;
  storageHandler: StorageHandler;
  /** Throws when the database cannot be read. */
  checkDatabase(): void;
  /** Removes expired data; call it periodically. */
  deleteExpired(): Promise<void>;
  close(): Promise<void>;
}

/** `deleteExpired` asks the database for the jobs of a document. */
const documentUse: DocumentUse = { share: async () => undefined, async *unused() {} };

export async function openEmbedded({ folder, publicUrl, now, keepPrinted }: EmbeddedOptions): Promise<Embedded> {
  const clock = makeClock(now);
  const lock = lockDataFolder(folder);
  try {
    const db = new Sqlite(join(folder, 'platen.db'), migrations);
    const signer = new AddressSigner(secretIn(folder, 'storage.secret'), publicUrl, clock.now);
    const logs = await PieceLogs.open(join(folder, 'pieces'), clock.now());
    const documents = await FileDocuments.open(folder, db, clock, signer, logs);
    const queue = new EmbeddedQueue(db, clock.now);
    const log = makeEventLog(db, makeWebhookQueue(db, clock.now));
    const uploads = makeUploadStore(db, logs, clock.now, log);
    const registry = makeRegistry(db, clock.now, log);
    return {
      ...{ clock, documents, queue, uploads, registry },
      pieces: makePieces(logs, documents),
      storedOctets: makeStoredOctets(documents, clock.now),
      events: log,
      eventWriter: makeEventWriter(db, log),
      webhookStore: makeWebhookStore(db, clock.now, log),
      eventWritten: log.written,
      keyring: makeKeyring(folder),
      jobs: observeJobs(makeJobStore(db, clock.now, log)),
      documentUse,
      storageHandler: makeStorageHandler(documents, signer, admitWrites(uploads, registry)),
      checkDatabase: () => void db.get('SELECT 1 FROM jobs LIMIT 1'),
      async deleteExpired() {
        const now = clock.now();
        await deleteExpired(db, join(folder, 'documents'), now, keepPrinted);
        await documents.endAbandoned();
        await logs.removeAbandoned(now);
      },
      async close() {
        await queue.stop();
        await logs.close();
        db.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
