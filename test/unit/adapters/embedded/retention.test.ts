import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ampleQuota, someBytes, someCompany, someJob, someSession } from '../../../../doubles/samples.ts';
import { openEmbedded } from '../../../../shared/adapters/embedded/open-embedded.ts';
import type { Delivery, Replay } from '../../../../shared/core/domain/webhook.ts';
import { someWebhook } from '../../../ports/webhook-store-suite.ts';
import { someFolder } from './folder.ts';

const hour = 60 * 60 * 1000;
const day = 24 * hour;

/** A machine with everything that expires, once ended and once not. */
async function populated() {
  const folder = someFolder();
  const startedAt = Date.now();
  let now = startedAt;
  const embedded = await openEmbedded({ folder, publicUrl: () => 'http://x', now: () => now });
  const company = someCompany();
  const { jobs, uploads, documents, pieces } = embedded;

  const times = { submittedAt: now, dueAt: undefined };
  const ended = someJob(company, { ...times, standing: 'completed/job-completed-successfully', endedAt: now });
  const alive = someJob(company, { ...times, dueAt: now + 90 * day });
  await jobs.create([ended, alive]);

  const open = someSession(company, { expiresAt: now + day });
  const closing = someSession(company, { expiresAt: now + day, state: 'closing' });
  const completed = someSession(company, { expiresAt: now + day, state: 'completed' });
  for (const session of [open, closing, completed]) await uploads.create(session, ampleQuota);
  await uploads.recordPart(completed.id, { part: 1, etag: '"e"', madeOf: 'm' });
  await pieces.put(open, { offset: 0, octets: 10, ordinal: 1 }, someBytes(10));
  await documents.put(`companies/${company}/documents/d`, someBytes(200_000));
  const multipart = await documents.createMultipart(`companies/${company}/documents/m`, 100);

  return {
    ...{ embedded, folder, company, ended, alive, open, closing, completed, multipart },
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile());

test('nothing is deleted early', async () => {
  const { embedded, folder, company, ended, completed, multipart } = await populated();

  await embedded.deleteExpired();

  expect(await embedded.jobs.get(ended.id)).toBeDefined();
  expect(await embedded.uploads.get(completed.id)).toBeDefined();
  expect(await filesIn(join(folder, 'documents'))).toHaveLength(1);
  expect(await filesIn(join(folder, 'pieces'))).toHaveLength(2);
  await embedded.documents.putPart(`companies/${company}/documents/m`, multipart, 1, someBytes(5));
  await embedded.close();
});

test('ended jobs are deleted after a month, uploads after a day, and active ones are kept', async () => {
  const { embedded, ended, alive, open, closing, completed, wait } = await populated();

  wait(31 * day);
  await embedded.deleteExpired();

  expect(await embedded.jobs.get(ended.id)).toBeUndefined();
  expect(await embedded.jobs.get(alive.id)).toBeDefined();
  expect(await embedded.uploads.get(completed.id)).toBeUndefined();
  expect(await embedded.uploads.composedParts(completed.id)).toEqual([]);
  expect(await embedded.uploads.get(open.id)).toBeDefined();
  expect(await embedded.uploads.get(closing.id)).toBeDefined();
  await embedded.close();
});

test('documents are deleted after 35 days', async () => {
  const { embedded, folder } = await populated();
  const [file] = await filesIn(join(folder, 'documents'));
  const old = new Date(Date.now() - 36 * day);
  await utimes(join(file?.parentPath ?? '', file?.name ?? ''), old, old);

  await embedded.deleteExpired();

  expect(await filesIn(join(folder, 'documents'))).toEqual([]);
  await embedded.close();
});

test('small documents, which are not files, are deleted after 35 days too', async () => {
  const { embedded, company, wait } = await populated();
  const key = `companies/${company}/documents/small`;
  await embedded.documents.put(key, someBytes(10));

  wait(34 * day);
  await embedded.deleteExpired();
  expect(await embedded.documents.octets(key)).toBe(10);
  wait(2 * day);
  await embedded.deleteExpired();

  expect(await embedded.documents.octets(key)).toBeUndefined();
  await embedded.close();
});

test('empty folders are deleted, and created again for the next document', async () => {
  const { embedded, folder, company, wait } = await populated();
  const key = `companies/${company}/outputs/some-job/some-output`;
  await embedded.documents.put(key, someBytes(200_000));
  await embedded.documents.delete([key]);

  for (let level = 0; level < 3; level++) {
    wait(2 * hour);
    await embedded.deleteExpired();
  }

  const folders = await readdir(join(folder, 'documents/companies', company));
  expect(folders).toEqual(['documents']);
  await embedded.documents.put(key, someBytes(200_000));
  expect(await embedded.documents.octets(key)).toBe(200_000);
  await embedded.close();
});

test('abandoned parts and segments are deleted while the server runs, except those in use', async () => {
  const { embedded, folder, company, open, multipart, wait } = await populated();

  wait(4 * day);
  await embedded.deleteExpired();

  expect(await filesIn(join(folder, 'multiparts'))).toEqual([]);
  const late = embedded.documents.putPart(`companies/${company}/documents/m`, multipart, 1, someBytes(5));
  await expect(late).rejects.toMatchObject({ code: 'not-found' });
  expect(await embedded.pieces.list(open)).toHaveLength(1);
  await embedded.close();

  const later = await openEmbedded({ folder, publicUrl: () => 'http://x', now: () => Date.now() + 4 * day });
  expect(await filesIn(join(folder, 'pieces'))).toEqual([]);
  await later.close();
});

test('a document goes a day after the end of its last job, unless a job of it is open', async () => {
  const { embedded, folder, company, wait } = await populated();
  const { jobs, documents } = embedded;
  const [small, large, shared] = await Promise.all(
    [100, 200_000, 100].map((octets, index) =>
      documents.put(`companies/${company}/documents/printed-${index}`, someBytes(octets)),
    ),
  );
  const end = { standing: 'completed/job-completed-successfully' as const, dueAt: undefined, endedAt: Date.now() };
  await jobs.create([
    someJob(company, { ...end, document: small }),
    someJob(company, { ...end, document: large }),
    someJob(company, { ...end, document: shared }),
    someJob(company, { dueAt: Date.now() + 90 * day, document: shared }),
  ]);
  for (const file of await filesIn(join(folder, 'documents'))) {
    const longAgo = new Date(Date.now() - day);
    await utimes(join(file.parentPath, file.name), longAgo, longAgo);
  }

  wait(23 * hour);
  await embedded.deleteExpired();
  const before = await documents.list(`companies/${company}/documents/`);
  wait(2 * hour);
  await embedded.deleteExpired();

  expect(before).toHaveLength(4);
  const left = (await documents.list(`companies/${company}/documents/`)).map(({ key }) => key.split('/').at(-1));
  expect(left.toSorted()).toEqual(['d', 'printed-2']);
  await embedded.close();
});

test('tries of webhooks are kept for a week, and what came of them for thirty days', async () => {
  const { embedded, company, wait } = await populated();
  const { webhookStore, clock } = embedded;
  const start = clock.now();
  const webhook = someWebhook(company);
  await webhookStore.saveWebhook(webhook);
  const waiting: Delivery = {
    ...{ companyId: company, webhookId: webhook.id, attempt: 2, sequence: 0 },
    ...{ firstTriedAt: start, dueAt: start, replayId: undefined },
  };
  const made = { attempt: 1, at: start, isDelivered: true, status: 204, milliseconds: 5 };
  // more than are deleted at once
  for (let sequence = 1; sequence <= 501; sequence++)
    await webhookStore.settle({ ...waiting, sequence }, undefined, { ...made, eventId: `evt_${sequence}`, sequence });
  await webhookStore.putDeliveries([waiting, { ...waiting, sequence: 502, dueAt: undefined }]);
  await webhookStore.saveReplay({ id: 'r', companyId: company, webhookId: webhook.id, createdAt: start } as Replay);
  const left = async () => {
    await embedded.deleteExpired();
    const { tries } = await webhookStore.listTries(webhook.id, { limit: 1000 });
    const exhausted = await webhookStore.listExhausted(webhook.id, 0, 10);
    const { count } = await webhookStore.describeWaiting(webhook.id);
    return [tries.length, exhausted.length, count, (await webhookStore.lastReplay(webhook.id))?.id];
  };

  wait(7 * day);
  const afterAWeek = await left();
  wait(1);
  const later = await left();
  wait(23 * day - 1);
  const afterAMonth = await left();
  wait(1);
  const atLast = await left();

  expect(afterAWeek).toEqual([501, 1, 1, 'r']);
  expect(later).toEqual([0, 1, 1, 'r']);
  expect(afterAMonth).toEqual([0, 1, 1, 'r']);
  expect(atLast).toEqual([0, 0, 1, undefined]);
  await embedded.close();
});

test('dead letters are kept for two weeks, and jobs for thirty days after their end, however many', async () => {
  const { embedded, company, wait } = await populated();
  const { queue, jobs, clock } = embedded;
  const start = clock.now();
  const row = {
    function: 'offer' as const,
    batchSize: 1000,
    concurrency: 1,
    visibilitySeconds: 60,
    maximumDeliveries: 1,
  };
  await queue.enqueue('offer', ['dead']);
  await queue.consume('offer', row, () => Promise.reject(new Error('no'))).stop();
  const ended = Array.from({ length: 1001 }, () =>
    someJob(company, {
      submittedAt: start - day,
      dueAt: undefined,
      standing: 'completed/job-completed-successfully',
      endedAt: start,
    }),
  );
  await Promise.all(ended.map(job => jobs.create([job])));
  const left = async () => {
    await embedded.deleteExpired();
    const kept = await Promise.all(ended.map(({ id }) => jobs.get(id)));
    return [(await queue.deadLetters('offer')).length, kept.filter(job => job !== undefined).length];
  };

  wait(14 * day);
  const afterTwoWeeks = await left();
  wait(1);
  const later = await left();
  wait(16 * day - 1);
  const afterAMonth = await left();
  wait(1);
  const atLast = await left();

  expect([afterTwoWeeks, later, afterAMonth, atLast]).toEqual([
    [1, 1001],
    [0, 1001],
    [0, 1001],
    [0, 0],
  ]);
  await embedded.close();
});
