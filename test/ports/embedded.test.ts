import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { type Embedded, openEmbedded } from '../../shared/adapters/embedded/open-embedded.ts';
import type { Ports } from '../../shared/core/ports/index.ts';
import { addressSuite } from './address-suite.ts';
import { documentStoreSuite } from './document-store-suite.ts';
import { eventLogSuite } from './event-log-suite.ts';
import { jobStoreSuite } from './job-store-suite.ts';
import { messageQueueSuite, type QueueHarness } from './message-queue-suite.ts';
import { multipartSuite } from './multipart-suite.ts';
import { pieceStoreSuite } from './piece-store-suite.ts';
import { registrySuite } from './registry-suite.ts';
import { storedOctetsSuite } from './stored-octets-suite.ts';
import { unusedDocumentsSuite } from './unused-documents-suite.ts';
import { uploadStoreSuite } from './upload-store-suite.ts';
import { webhookStoreSuite } from './webhook-store-suite.ts';

/** The embedded adapters with their own folder, behind a real server, with a clock that moves only on demand. */
async function open(): Promise<Embedded & QueueHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-ports-'));
  let now = Date.now();
  const server = createServer((request, response) => void embedded.storageHandler(request, response));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const publicUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const embedded = await openEmbedded({ folder, publicUrl, now: () => now });
  return {
    ...embedded,
    consume: (queue, row, handler) => embedded.queue.consume(queue, row, handler),
    deadLetters: queue => embedded.queue.deadLetters(queue),
    redrive: queue => embedded.queue.redrive(queue),
    async advance(milliseconds) {
      now += milliseconds;
    },
    async leftBehind() {
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      const kept = files.filter(file => file.isFile() && file.parentPath !== folder).map(file => file.name);
      return [...kept, ...rowsIn(folder)];
    },
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
      await embedded.close();
      expect(openFilesIn(folder)).toEqual([]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Rows that must be gone when their work is done. */
function rowsIn(folder: string): string[] {
  const db = new DatabaseSync(join(folder, 'platen.db'), { readOnly: true });
  const tables = ['messages', 'dead_letters', 'multiparts', 'parts', 'small_documents'];
  const rows = tables.flatMap(table => db.prepare(`SELECT '${table}' AS name FROM ${table}`).all());
  db.close();
  return rows.map(row => row.name as string);
}

/** Open files, where the operating system reports them. */
function openFilesIn(folder: string): string[] {
  const own = '/proc/self/fd';
  const handles = existsSync(own) ? readdirSync(own) : [];
  const targets = handles.map(handle => {
    try {
      return readlinkSync(join(own, handle));
    } catch {
      return '';
    }
  });
  return targets.filter(target => target.startsWith(folder));
}

jobStoreSuite('embedded', open);
uploadStoreSuite('embedded', open);
storedOctetsSuite('embedded', open);
registrySuite('embedded', open);
// small ones are in the database, large ones in files
for (const octets of [20_000, 200_000]) documentStoreSuite('embedded', open, octets);
multipartSuite('embedded', open);
for (const octets of [20_000, 200_000]) addressSuite('embedded', open, octets);
pieceStoreSuite('embedded', open);
messageQueueSuite('embedded', open);
eventLogSuite('embedded', open);
webhookStoreSuite('embedded', open);
unusedDocumentsSuite('embedded', async () => {
  const embedded = await open();
  const queue = { send: async () => undefined };
  const relayLink = { publish: async () => undefined };
  return {
    ports: { ...embedded, queue, relayLink } as unknown as Ports,
    async pass(milliseconds) {
      await embedded.advance(milliseconds);
      await embedded.deleteExpired();
    },
    close: () => embedded.close(),
  };
});
