import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { openBucket, openQueue, openRetention, openTables } from '../../doubles/aws-harness.ts';
import { office, someCompany, someJob, someLocation, somePrinter } from '../../doubles/samples.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from '../../scripts/ministack.ts';
import type { CompanyId } from '../../shared/core/domain/ids.ts';
import { eventsBetween } from '../../shared/core/domain/job-changes.ts';
import type { Change } from '../../shared/core/ports/index.ts';
import { deliverEvent } from '../../shared/core/usecases/events/deliver-event.ts';
import { recordChanges } from '../../shared/core/usecases/events/record-changes.ts';
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
import { someWebhook, webhookStoreSuite } from './webhook-store-suite.ts';

/** Runs the port suites with the AWS adapters on an emulator. */

const ministack = await startMiniStack();
afterAll(() => ministack.stop());

const settings = { region: ministackRegion, credentials: ministackCredentials, endpoint: ministack.endpoint };

jobStoreSuite('aws', () => openTables(settings));
uploadStoreSuite('aws', () => openTables(settings));
storedOctetsSuite('aws', () => openTables(settings));
registrySuite('aws', () => openTables(settings));
documentStoreSuite('aws', () => openBucket(settings));
multipartSuite('aws', () => openBucket(settings));
addressSuite('aws', () => openBucket(settings));
pieceStoreSuite('aws', () => openBucket(settings));
messageQueueSuite('aws', () => openQueue(settings));
eventLogSuite('aws', () => openTables(settings));
webhookStoreSuite('aws', () => openTables(settings));
eraseCompanySuite('aws', settings, () => openRetention(settings, () => openBucket(settings)));
unusedDocumentsSuite('aws', () => openRetention(settings, () => openBucket(settings)));

describe('changes of places in AWS', () => {
  test('remembers the last change of a place, since a stream repeats them', async () => {
    const { eventWriter, close } = await openTables(settings);
    const announced = { value: 'online', at: 5, dueAt: undefined, last: { version: 3, madeAt: 4 } };
    const companyId = someCompany();

    await eventWriter.saveAnnounced(companyId, 'office', announced);

    expect(await eventWriter.announcedOf(companyId, 'office')).toEqual(announced);
    await close();
  });

  test('writes nothing for a company that does not use events, and all of it for one that does', async () => {
    const { events, eventWriter, close } = await openTables(settings);
    const [unused, used] = [someCompany(), someCompany()];
    await events.keepInUse(used);
    const changesOf = (companyId: CompanyId): Change[] => [
      { kind: 'job', after: someJob(companyId, { version: 1 }), at: 1 },
      { kind: 'printer', after: { ...somePrinter(companyId, office), version: 1 }, at: 1 },
      { kind: 'location', after: { ...someLocation(companyId, 'office'), online: true, version: 1 }, at: 1 },
    ];

    for (const companyId of [unused, used]) await recordChanges({ eventWriter }, changesOf(companyId));

    expect(await events.range(unused)).toEqual({ oldest: 0, newest: 0 });
    expect(await eventWriter.announcedOf(unused, 'office')).toBeUndefined();
    const types = (await events.read(used, 0, 10)).map(({ type }) => type);
    expect(types).toEqual(['job.created', 'printer.created', 'location.online']);
    await close();
  });
});

describe('deliveries in AWS', () => {
  test('makes at most four tries of a webhook at once, and leaves none to the sweep', async () => {
    const { clock, events, eventWriter, webhookStore, registry, close } = await openTables(settings);
    const companyId = someCompany();
    const keyring = { keyFor: async () => Buffer.alloc(32, 7) };
    const webhook = someWebhook(companyId, { keys: [], types: ['job.*'] });
    await webhookStore.saveWebhook(webhook);
    const jobs = Array.from({ length: 15 }, () => someJob(companyId, { version: 1 }));
    await eventWriter.write(
      companyId,
      jobs.flatMap(job => eventsBetween(undefined, job)),
    );
    let [underWay, most] = [0, 0];
    const received: string[] = [];
    const eventPoster = {
      check: () => undefined,
      async post(_url: string, headers: Record<string, string>) {
        most = Math.max(most, ++underWay);
        await sleep(5);
        underWay--;
        received.push(headers['webhook-id'] as string);
        return { status: 204, milliseconds: 5, text: '' };
      },
    };
    const token = () => someCompany();
    const queue = { send: async () => undefined };
    const ports = {
      clock: { ...clock, token },
      events,
      eventWriter,
      webhookStore,
      registry,
      keyring,
      queue,
      eventPoster,
    };

    const messages = jobs.map((_, index) => ({ companyId, webhookId: webhook.id, sequence: index + 1, attempt: 1 }));
    await Promise.all(messages.map(message => deliverEvent(ports, message)));

    expect(most).toBeLessThanOrEqual(4);
    expect(received.toSorted()).toEqual((await events.read(companyId, 0, 100)).map(({ id }) => id).toSorted());
    expect((await webhookStore.describeWaiting(webhook.id)).count).toBe(0);
    await close();
  });
});
