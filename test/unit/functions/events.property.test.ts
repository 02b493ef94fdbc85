import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Context, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, afterEach, expect, it } from 'vitest';
import { office, someCompany, someJob, someLocation, somePrinter, someSession } from '../../../doubles/samples.ts';
import { randomOf } from '../../../doubles/seeded-random.ts';
import { type Item, keyOf } from '../../../shared/adapters/aws/dynamo/dynamo.ts';
import { contentOf } from '../../../shared/adapters/aws/dynamo/job-items.ts';
import { jobItem, locationItem, printerItem, uploadItem } from '../../../shared/adapters/aws/dynamo/table.ts';
import { useApp } from '../../../shared/adapters/embedded/app.ts';
import { openEmbedded } from '../../../shared/adapters/embedded/open-embedded.ts';
import { eventIdOf, type NewEvent } from '../../../shared/core/domain/event.ts';
import type { CompanyId } from '../../../shared/core/domain/ids.ts';
import type { Job, JobEvent } from '../../../shared/core/domain/job.ts';
import { eventsBetween } from '../../../shared/core/domain/job-changes.ts';
import { applyEvent } from '../../../shared/core/domain/job-events.ts';
import { type Announced, announceLocation, announcePrinter } from '../../../shared/core/domain/place-changes.ts';
import type { Printer } from '../../../shared/core/domain/printer.ts';
import type { UploadSession } from '../../../shared/core/domain/upload-session.ts';
import type { EventWriter, Ports } from '../../../shared/core/ports/index.ts';

/*
 * The exported handler of `events` with streams as AWS Lambda reads them: each shard in its order, in batches of any size,
 * again from the first record that failed, again as a whole after a crash, and sometimes again without a reason. Changes of
 * one item are in one shard.
 */

const { handler } = await import('../../../functions/events.ts');
const folder = mkdtempSync(join(tmpdir(), 'platen-stream-'));
const embedded = await openEmbedded({ folder, publicUrl: () => 'http://localhost' });
afterEach(() => useApp(embedded as unknown as Ports));
afterAll(async () => {
  await embedded.close();
  rmSync(folder, { recursive: true });
});

const shardCount = 3;
const relayId = 'r'.repeat(32) as NonNullable<Job['relayId']>;
const happenings: JobEvent[] = [
  { type: 'preparation-step', step: 'rendering' },
  { type: 'acknowledged', relayId, attempt: 1 },
  { type: 'reported', attempt: 1, sequence: 1, state: 'processing', reasons: ['job-printing'] },
  { type: 'reported', attempt: 1, sequence: 2, state: 'processing-stopped', reasons: ['media-empty'] },
  { type: 'reported', attempt: 1, sequence: 3, state: 'completed', reasons: [] },
  { type: 'cancel-requested' },
  { type: 'expired' },
];

interface Scene {
  shards: DynamoDBRecord[][];
  /** ids of the events that each company should have, in their order a subject */
  expected: Map<CompanyId, Map<string, string[]>>;
  unused: CompanyId;
}

/** Random lives of jobs, printers and locations of three companies, one of which does not use events. */
function makeScene(random: () => number): Scene {
  const companies = [someCompany(), someCompany(), someCompany()] as [CompanyId, CompanyId, CompanyId];
  const expected: Scene['expected'] = new Map(companies.map(id => [id, new Map()]));
  const shards: DynamoDBRecord[][] = Array.from({ length: shardCount }, () => []);
  let seconds = 1_700_000_000;
  let number = 0;
  const below = (count: number) => Math.floor(random() * count);
  const expect = (event: NewEvent | undefined) => {
    if (!event) return;
    const ofCompany = expected.get(event.companyId) as Map<string, string[]>;
    ofCompany.set(event.subject, [...(ofCompany.get(event.subject) ?? []), eventIdOf(event)]);
  };
  const record = (shard: number, before: Item | undefined, after: Item) =>
    shards[shard]?.push({
      eventName: before ? 'MODIFY' : 'INSERT',
      dynamodb: {
        ApproximateCreationDateTime: seconds,
        SequenceNumber: String(++number),
        OldImage: before && imageOf(before),
        NewImage: imageOf(after),
      },
    });
  const jobsItem = (job: Job): Item => ({ ...keyOf(jobItem(job.id)), ...contentOf(job, 'w') });
  const placeItem = (key: Item, thing: object): Item => ({ ...key, body: { S: JSON.stringify(thing) } });
  const lives = companies.flatMap((companyId, index) => {
    let job: Job | undefined;
    let printer: Printer | undefined;
    let location: ReturnType<typeof someLocation> | undefined;
    let announcedPrinter: Announced | undefined;
    let announcedLocation: Announced | undefined;
    return [
      () => {
        const next = job
          ? applyEvent(job, happenings[below(happenings.length)] as JobEvent, seconds * 1000)
          : someJob(companyId, { standing: 'pending/job-queued' });
        if (!next) return;
        const after = { ...next, version: (job?.version ?? 0) + 1 };
        for (const event of eventsBetween(job, after)) expect(event);
        record(index, job && jobsItem(job), jobsItem(after));
        job = after;
      },
      () => {
        const state = (['idle', 'processing', 'stopped'] as const)[below(3)];
        const device = { deviceId: 'laser', scheme: 'ipp', attributes: {}, state, stateReasons: [] };
        const changed = below(4) === 0 ? { active: !(printer?.active ?? true) } : { device };
        const after = {
          ...(printer ?? somePrinter(companyId, office)),
          ...changed,
          version: (printer?.version ?? 0) + 1,
        } as Printer;
        const { event, announced } = announcePrinter(printer, after, announcedPrinter, seconds * 1000);
        expect(event);
        announcedPrinter = announced;
        const key = keyOf(printerItem(companyId, office));
        record((index + 1) % shardCount, printer && placeItem(key, printer), placeItem(key, after));
        printer = after;
      },
      () => {
        const before = location ?? { ...someLocation(companyId, 'office'), online: false };
        const after = { ...before, online: !before.online, version: before.version + 1 };
        const { event, announced } = announceLocation(location, after, announcedLocation, seconds * 1000);
        expect(event);
        announcedLocation = announced;
        const key = keyOf(locationItem(companyId, 'office'));
        record((index + 2) % shardCount, location && placeItem(key, location), placeItem(key, after));
        location = after;
      },
    ];
  });
  for (let step = 0; step < 40; step++) {
    seconds += below(8);
    lives[below(lives.length)]?.();
  }
  expected.set(companies[2], new Map());
  return { shards, expected, unused: companies[2] };
}

/** [AWS Lambda, DynamoDB event: octets are base64] */
function imageOf(item: Item) {
  const attributes = Object.entries(item).map(([name, value]: [string, AttributeValue]) => [
    name,
    value.B === undefined ? value : { B: Buffer.from(value.B).toString('base64') },
  ]);
  return Object.fromEntries(attributes) as Record<string, { S: string }>;
}

/** A writer whose calls fail before or after they did their work. */
function failing(writer: EventWriter, isInUse: (companyId: CompanyId) => boolean, fails: () => boolean): EventWriter {
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    if (fails()) throw new Error('the store does not answer');
    const done = await work();
    if (fails()) throw new Error('the answer is lost');
    return done;
  };
  const announced = new Map<string, Announced>();
  return {
    isInUse: async companyId => await around(async () => isInUse(companyId)),
    write: async (companyId, events) => await around(() => writer.write(companyId, events)),
    announcedOf: async (companyId, place) => await around(async () => announced.get(`${companyId} ${place}`)),
    saveAnnounced: async (companyId, place, shown) =>
      await around(async () => void announced.set(`${companyId} ${place}`, shown)),
    dueAnnouncements: (at, limit) => writer.dueAnnouncements(at, limit),
  };
}

/** Reads the shards to their ends. */
async function stream(shards: DynamoDBRecord[][], random: () => number): Promise<void> {
  const at = shards.map(() => 0);
  for (;;) {
    const open = at.flatMap((from, shard) => (from < (shards[shard]?.length ?? 0) ? [shard] : []));
    if (open.length === 0) return;
    const shard = open[Math.floor(random() * open.length)] as number;
    const from = at[shard] as number;
    const batch = (shards[shard] as DynamoDBRecord[]).slice(from, from + 1 + Math.floor(random() * 12));
    // a stream may also contain one change twice in a row
    const Records = random() < 0.2 ? batch.flatMap(one => [one, one]) : batch;
    const { batchItemFailures } = (await handler({ Records } as DynamoDBStreamEvent, {} as Context)) ?? {};
    const failed = batchItemFailures?.map(({ itemIdentifier }) => Number(itemIdentifier)) ?? [];
    const first = batch.findIndex(one => Number(one.dynamodb?.SequenceNumber) === Math.min(...failed));
    at[shard] = failed.length > 0 ? from + first : from + batch.length;
    // the function was stopped, or the checkpoint was lost: all of it comes again
    if (random() < 0.15) at[shard] = Math.max(0, from - Math.floor(random() * 10));
  }
}

it('writes each event of random histories once, in order and without gaps, whatever fails or is repeated', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1 }), async seed => {
      const random = randomOf(seed);
      const { shards, expected, unused } = makeScene(random);
      const writer = failing(
        embedded.eventWriter,
        companyId => companyId !== unused,
        () => random() < 0.06,
      );
      useApp({ ...embedded, eventWriter: writer } as unknown as Ports);

      await stream(shards, random);

      for (const [companyId, bySubject] of expected) {
        const log = await embedded.events.read(companyId, 0, 1000);
        expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, index) => index + 1));
        const subjects = [...Map.groupBy(log, ({ subject }) => subject)];
        const written = new Map(subjects.map(([subject, ofOne]) => [subject, ofOne.map(({ id }) => id)]));
        expect(written).toEqual(bySubject);
      }
    }),
    { numRuns: 25 },
  );
});

it('writes one event when an upload is complete', async () => {
  const companyId = someCompany();
  const session = someSession(companyId, { version: 1 });
  const image = (changes: Partial<UploadSession>) => {
    const { ordinal, stagedOctets, reservedOctets, ...body } = { ...session, ...changes };
    const counts = Object.entries({ ordinal, stagedOctets, reservedOctets });
    return imageOf({
      ...keyOf(uploadItem(session.id)),
      body: { S: JSON.stringify(body) },
      ...Object.fromEntries(counts.map(([name, value]) => [name, { N: String(value) }])),
    });
  };
  const change = (number: number, before: Partial<UploadSession>, after: Partial<UploadSession>) => ({
    eventName: 'MODIFY',
    dynamodb: { SequenceNumber: String(number), OldImage: image(before), NewImage: image(after) },
  });
  const Records = [
    change(1, {}, { state: 'closing', version: 2 }),
    change(2, { state: 'closing', version: 2 }, { state: 'completed', version: 3, octets: 7 }),
    change(3, { state: 'completed', version: 3, octets: 7 }, { state: 'completed', version: 4, octets: 7 }),
  ];

  await handler({ Records } as unknown as DynamoDBStreamEvent, {} as Context);

  const log = await embedded.events.read(companyId, 0, 10);
  expect(log.map(({ type, subject }) => [type, subject])).toEqual([['upload.completed', session.id]]);
});

it('passes a record that it cannot read, and writes the events of the others', async () => {
  const companyId = someCompany();
  const job = someJob(companyId, { version: 1 });
  const NewImage = imageOf({ ...keyOf(jobItem(job.id)), ...contentOf(job, 'w') });
  const Records = [
    { eventName: 'INSERT', dynamodb: { SequenceNumber: '1', NewImage: { ...NewImage, body: { B: 'AAAA' } } } },
    { eventName: 'MODIFY', dynamodb: { SequenceNumber: '2', NewImage: { sk: { S: 'waiting#1' } } } },
    { eventName: 'REMOVE', dynamodb: { SequenceNumber: '3', OldImage: NewImage } },
    { eventName: 'INSERT', dynamodb: { SequenceNumber: '4', NewImage } },
  ];

  const answer = await handler({ Records } as unknown as DynamoDBStreamEvent, {} as Context);

  expect(answer).toEqual({ batchItemFailures: [] });
  expect((await embedded.events.read(companyId, 0, 10)).map(({ type }) => type)).toEqual(['job.created']);
});
