import { type DynamoDBClient, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openTables } from '../../../../doubles/aws-harness.ts';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { office, someCompany, someJob, someSession, storedSession } from '../../../../doubles/samples.ts';
import { type Item, keyOf } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';
import * as keys from '../../../../shared/adapters/aws/dynamo/table.ts';
import type { CompanyId, JobId, RelayId, UploadId } from '../../../../shared/core/domain/ids.ts';
import type { Job, JobEvent } from '../../../../shared/core/domain/job.ts';
import { eventsBetween } from '../../../../shared/core/domain/job-changes.ts';
import { applyEvent } from '../../../../shared/core/domain/job-events.ts';
import type { UploadSession } from '../../../../shared/core/domain/upload-session.ts';

import { someWebhook } from '../../../ports/webhook-store-suite.ts';

/* What is stored in DynamoDB: keys that every release reads, and when items go by themselves. */

const dynamo = await startStrictDynamo();
afterAll(() => dynamo.close());
const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
const [day, relayId] = [24 * 60 * 60, 'r' as RelayId];

let client: DynamoDBClient;
let tables: Awaited<ReturnType<typeof openTables>>;
let company: CompanyId;
beforeEach(async () => {
  const settings = { region: 'eu-central-1', credentials, endpoint: dynamo.endpoint };
  tables = await openTables(settings, opened => {
    client = opened;
  });
  company = someCompany();
  return () => tables.close();
});

/** The items of a table whose sort key has this prefix. */
async function itemsOf(prefix: string, TableName = tables.names.jobsTable): Promise<Item[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName }));
  return Items.filter(({ sk }) => sk?.S?.startsWith(prefix));
}
const one = async (prefix: string) => {
  const [item, ...others] = await itemsOf(prefix);
  expect(others).toEqual([]);
  return item as Item;
};
/** Called with each command from now on, before it is sent. */
const watch = (seen: (command: string, input: object) => void) =>
  client.middlewareStack.add(
    (next, { commandName }) =>
      async given => {
        seen(`${commandName}`, given.input);
        return await next(given);
      },
    { step: 'initialize' },
  );
const secondsNow = () => Math.floor(tables.clock.now() / 1000);
const expiresIn = (item: Item) => Number(item.expiresAt?.N) - secondsNow();

async function create(changes: Partial<Job> = {}): Promise<Job> {
  const outcome = await tables.jobs.create([someJob(company, changes)]);
  return (outcome as { created: [Job] }).created[0];
}
async function save(job: Job): Promise<Job> {
  return ((await tables.jobs.save(job)) as { saved: Job }).saved;
}
const happen = (job: Job, event: JobEvent) => save(applyEvent(job, event, tables.clock.now()) as Job);

describe('the item of a job', () => {
  it('is in the index of what is due as long as something is due', async () => {
    const job = await create({ dueAt: 5000 });
    expect(await one('job')).toMatchObject({
      due: { S: '1:5000' },
      lookAt: { N: '5000' },
      dueShard: { S: expect.any(String) },
    });

    const later = await save({ ...job, dueAt: 9000 });
    expect(await one('job')).toMatchObject({ due: { S: '2:9000' }, lookAt: { N: '5000' } });

    const sooner = await save({ ...later, dueAt: 4000 });
    expect(await one('job')).toMatchObject({ due: { S: '3:4000' }, lookAt: { N: '4000' } });

    await save({ ...sooner, dueAt: undefined });
    const item = await one('job');
    expect([item.due, item.lookAt, item.dueShard, item.version]).toEqual([undefined, undefined, undefined, { N: '4' }]);
  });

  it('goes 30 days after the end of the job, and not before it has ended', async () => {
    const job = await create();
    expect((await one('job')).expiresAt).toBeUndefined();

    await happen(job, { type: 'cancel-requested' });

    expect(expiresIn(await one('job'))).toBe(30 * day);
  });

  it('of a job that is over says since when', async () => {
    const job = await happen(await create(), { type: 'cancel-requested' });

    expect(await one('job')).toMatchObject({
      dueShard: { S: keys.overShardOf(job.id) },
      lookAt: { N: String(job.endedAt) },
    });
  });

  it('that another release wrote without a note of its writer is a conflict, and no error', async () => {
    const job = await create();
    const item = keyOf(keys.jobItem(job.id));
    await client.send(
      new UpdateItemCommand({
        ...{ TableName: tables.names.jobsTable, Key: item },
        ...{
          UpdateExpression: 'REMOVE writtenBy SET version = :seven',
          ExpressionAttributeValues: { ':seven': { N: '7' } },
        },
      }),
    );

    expect(await tables.jobs.save({ ...job, name: 'other' })).toMatchObject({
      conflict: { id: job.id, name: job.name },
    });
  });
});

describe('the place of a job in the order of its printer', () => {
  it('is there while the job waits, and goes after 30 days in any case', async () => {
    const job = await create();
    const place = await one('waiting#');
    expect(place).toMatchObject({ jobId: { S: job.id }, version: { N: '1' } });
    expect(expiresIn(place)).toBe(30 * day);

    const ask = { instance: 'one', ask: 1, waits: true, reportSequence: 0 };
    const taken = await happen(job, { type: 'acknowledged', relayId, attempt: 1, ask });
    expect(await itemsOf('waiting#')).toEqual([]);

    await happen(taken, { type: 'lost', message: 'The relay was replaced.' });
    expect(await one('waiting#')).toMatchObject({ sk: place.sk, jobId: { S: job.id }, version: { N: '3' } });
  });

  it('is none for a job without a printer, nor for one that is held', async () => {
    await create({ printer: undefined, standing: 'pending/job-queued' });
    await create({ standing: 'pending-held/job-hold-until-specified', hold: {} });

    expect(await itemsOf('waiting#')).toEqual([]);
  });

  it('is not written again by changes of a job that waits', async () => {
    const job = await create({
      standing: 'pending/job-queued',
      history: [{ at: 1, standing: 'pending/job-queued', reasons: [] }],
    });

    await happen(job, { type: 'preparation-step', step: 'starting' });

    expect(await one('waiting#')).toMatchObject({ version: { N: '1' } });
  });

  it('is removed when it was left behind, and not while its job is being saved', async () => {
    const job = await create();
    const place = await one('waiting#');
    await happen(job, { type: 'cancel-requested' });
    const leave = (version: string) =>
      client.send(
        new PutItemCommand({ TableName: tables.names.jobsTable, Item: { ...place, version: { N: version } } }),
      );

    await leave('9');
    expect(await tables.jobs.waiting(company, office, 10)).toEqual([]);
    expect(await itemsOf('waiting#')).toHaveLength(1);
    await leave('1');
    expect(await tables.jobs.waiting(company, office, 10)).toEqual([]);
    expect(await itemsOf('waiting#')).toEqual([]);
  });

  it('that is left behind makes no room for a job beyond the limit', async () => {
    const [left, ...others] = [await create(), await create(), await create(), await create()];
    const place = (await itemsOf('waiting#')).find(({ jobId }) => jobId?.S === left.id);
    await happen(left, { type: 'cancel-requested' });
    await client.send(new PutItemCommand({ TableName: tables.names.jobsTable, Item: place }));

    const waiting = await tables.jobs.waiting(company, office, 2);

    expect(waiting.map(({ id }) => id)).toEqual(others.slice(0, 2).map(({ id }) => id));
  });

  it('is not read when enough jobs before it wait', async () => {
    for (let job = 0; job < 6; job++) await create();
    const queries: object[] = [];
    watch((command, input) => command === 'QueryCommand' && queries.push(input));

    await tables.jobs.waiting(company, office, 2);

    expect(queries).toMatchObject([{ Limit: 2 }]);
  });

  it('that cannot be removed stays, and the job is saved all the same', async () => {
    const job = await create();
    watch(command => {
      if (command === 'DeleteItemCommand') throw new Error('away');
    });

    const canceled = await happen(job, { type: 'cancel-requested' });

    expect(canceled.standing).toBe('canceled/job-canceled-by-user');
    expect(await tables.jobs.get(job.id)).toEqual(canceled);
    expect(await itemsOf('waiting#')).toHaveLength(1);
  });

  it('is removed with a create that is refused', async () => {
    const claim = { companyId: company, key: 'k', fingerprint: 'f' };
    await tables.jobs.create([someJob(company)], claim);

    await tables.jobs.create([someJob(company), someJob(company)], claim);

    expect(await itemsOf('waiting#')).toHaveLength(1);
  });
});

it('an upload that the index shows late is not taken for one that has expired', async () => {
  const put = async (changes: Partial<UploadSession>) => {
    const session = await storedSession(tables.uploads, someSession(company, { expiresAt: 9000 }));
    await tables.uploads.save({ ...session, ...changes });
    const late = new UpdateItemCommand({
      ...{ TableName: tables.names.uploadsTable, Key: keyOf(keys.uploadItem(session.id)) },
      UpdateExpression: 'SET endsAt = :ended, expiryShard = :shard',
      ExpressionAttributeValues: { ':ended': { N: '1000' }, ':shard': { S: keys.shardOf(session.id) } },
    });
    await client.send(late);
    return session.id;
  };
  await put({ state: 'completed', expiresAt: 1000 });
  await put({ expiresAt: 5000 });
  const expired = await put({ expiresAt: 2000 });

  expect((await tables.uploads.expired(2000, 10)).map(({ id }) => id)).toEqual([expired]);
});

describe('what goes by itself', () => {
  it('is a claim after a day, and the count of a day after two', async () => {
    await tables.jobs.create([someJob(company)], { companyId: company, key: 'k', fingerprint: 'f' }, { jobsPerDay: 5 });

    expect(expiresIn(await one('claim'))).toBe(day);
    expect(expiresIn(await one('day#'))).toBe(2 * day);
  });

  it('is the list of the jobs of a document after 100 days, and the last use of a key after 400', async () => {
    await tables.documentUse.share('companies/acme/documents/d', ['a', 'b'] as JobId[]);
    await tables.registry.noteKeyUse('digest', secondsNow() * 1000);

    expect(expiresIn(await one('jobs'))).toBe(100 * day);
    const [use] = await itemsOf('key-use', tables.names.registryTable);
    expect(expiresIn(use as Item)).toBe(400 * day);
  });

  it('is the mark of a charge after 30 days', async () => {
    await tables.registry.setCredits(company, 5);
    await tables.registry.chargeCredits(company, 'j' as JobId, 2);

    const [mark] = await itemsOf('charge#', tables.names.registryTable);
    expect(Math.abs(expiresIn(mark as Item) - 30 * day)).toBeLessThan(60);
  });

  it('is the newest job of a key after 35 days', async () => {
    await tables.jobs.supersede(await create({ supersedes: 's' }));

    expect(expiresIn(await one('newest#'))).toBe(35 * day);
  });
});

describe('an event', () => {
  const eventsOf = (prefix: string) => itemsOf(prefix, tables.names.eventsTable);
  const created = () => eventsBetween(undefined, someJob(company, { version: 1 }));

  it('goes after 30 days, with the mark of its id and what is still to be delivered', async () => {
    await tables.webhookStore.saveWebhook(someWebhook(company));
    await tables.eventWriter.write(company, created());

    for (const prefix of ['event#', 'seen', 'delivery#'])
      expect((await eventsOf(prefix)).map(expiresIn)).toEqual([30 * day]);
  });

  it('is delivered to the webhooks that want it, and to none that is disabled', async () => {
    const wants = someWebhook(company, { types: ['job.*'] });
    const others = [{ types: ['relay.*'] }, { state: 'disabled' as const }].map(change => someWebhook(company, change));
    for (const webhook of [wants, ...others]) await tables.webhookStore.saveWebhook(webhook);

    await tables.eventWriter.write(company, created());

    expect((await eventsOf('delivery#')).map(({ pk }) => pk?.S)).toEqual([`webhook#${wants.id}`]);
  });

  it('that is held back is in the index until it is announced', async () => {
    const shown = { value: 'v', at: 5, last: { version: 3 } };
    await tables.eventWriter.saveAnnounced(company, 'office', { ...shown, dueAt: 9 });
    expect(await tables.eventWriter.dueAnnouncements(8, 10)).toEqual([]);
    expect(await tables.eventWriter.dueAnnouncements(9, 10)).toEqual([
      { companyId: company, place: 'office', dueAt: 9 },
    ]);
    expect(await tables.eventWriter.announcedOf(company, 'office')).toEqual({ ...shown, dueAt: 9 });

    await tables.eventWriter.saveAnnounced(company, 'office', shown);

    expect(await tables.eventWriter.dueAnnouncements(9, 10)).toEqual([]);
    expect(await tables.eventWriter.announcedOf(company, 'office')).toEqual(shown);
    expect(await tables.eventWriter.announcedOf(company, 'branch')).toBeUndefined();
  });
});

it('the keys of items are those of every release', () => {
  const id = '0123456789abcdef'.repeat(2);
  const [c, job, upload] = ['acme' as CompanyId, id as JobId, id as UploadId];
  const digest = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';
  const printer = 'printer#acme#office:laser';

  expect(
    [
      keys.jobItem(job),
      keys.sequenceItem(c, office),
      keys.placesOf(c, office),
      keys.placeItem(c, office, 12),
      keys.newestItem(c, office, 'foo'),
      keys.claimItem(c, 'foo'),
      keys.uploadItem(upload),
      keys.partItem(upload, 3),
      keys.inFlightItem(c, 0),
      keys.inFlightItem(c, 2),
      keys.printersOf(c),
      keys.printersOf(c, 'office'),
      keys.printerItem(c, office),
      keys.locationItem(c, 'office'),
      keys.eventItem(c, 7),
      keys.tryItem('w', 5, 7),
      keys.replayItem('w', 5, 'r'),
    ].map(({ pk, sk }) => `${pk} ${sk}`),
  ).toEqual([
    `job#${id} job`,
    `${printer} sequence`,
    `${printer} waiting#`,
    `${printer} waiting#0000000000000012`,
    `${printer} newest#${digest}`,
    `claim#acme#${digest} claim`,
    `upload#${id} session`,
    `upload#${id} part#00003`,
    'company#acme in-flight',
    'company#acme#2 in-flight',
    'company#acme printer#',
    'company#acme printer#office:',
    'company#acme printer#office:laser',
    'company#acme location#office',
    'company#acme event#000000000007',
    'webhook#w try#000000000000005#000000000007',
    'webhook#w replay#000000000000005#r',
  ]);
  expect([keys.jobIdOf(keys.jobItem(job)), keys.uploadIdOf(keys.uploadItem(upload))]).toEqual([id, id]);
  expect([keys.shardOfText('1f00'), keys.shardOfText('20ff'), keys.overShardOf('ff' as JobId)]).toEqual([
    'shard#31',
    'shard#0',
    'over-shard#31',
  ]);
});

it('the key of a segment contains its piece', () => {
  const session = { companyId: 'acme' as CompanyId, id: 'u' as UploadId };
  const piece = { offset: 8 * 1024 * 1024 + 5, octets: 7, ordinal: 3 };

  expect(keys.segmentKey(session, piece)).toBe('uploads/acme/u/segments/00001/8388613-7-3');
  expect(keys.pieceOf(keys.segmentKey(session, piece))).toEqual(piece);
  expect(keys.segmentsPrefix(session)).toBe('uploads/acme/u/segments/');
});
