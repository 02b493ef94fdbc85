import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Job } from '../../../core/domain/job.ts';
import { chunksOf } from '../chunks.ts';
import { conditional, getAll, getAllSideBySide, type Item, itemKeyOf, keyOf, pagesOf, type Table } from './dynamo.ts';
import { dueIn, jobIn } from './job-items.ts';
import { type ItemKey, jobItem, shards } from './table.ts';

/*
 * The index `byDueAt` shows a job no later than it is due, but often earlier: an early look. There may be a hundred
 * thousand of them in front of a job that is due. So all entries are read first, with no more of each job than decides
 * whether it is due; due jobs are returned at once. Only then early looks are moved to the time at which their jobs are
 * due, as far as the caller has time.
 */

/** Entries of each shard that are read in one round. */
const pageOfEntries = 250;
/** Due jobs in one batch. */
const jobsAtOnce = 100;
/** Early looks that are moved at the same time, by single conditional updates. */
const movesAtOnce = 64;

interface Look {
  key: ItemKey;
  version: number;
  dueAt: number;
}

/** Batches of due jobs of all shards, then an empty batch after each move of early looks. */
export async function* dueJobs(table: Table, at: number): AsyncGenerator<Job[]> {
  const early: Look[] = [];
  for await (const keys of entries(table, at)) {
    const looks = await looksAt(table, keys);
    early.push(...looks.filter(({ dueAt }) => dueAt > at));
    const candidates = looks.filter(({ dueAt }) => dueAt <= at).map(({ key }) => key);
    for (const some of chunksOf(candidates, jobsAtOnce)) {
      const jobs = (await getAll(table, some)).map(jobIn).filter(({ dueAt }) => dueAt !== undefined);
      early.push(...jobs.map(lookOf).filter(({ dueAt }) => dueAt > at));
      yield jobs.filter(({ dueAt }) => (dueAt as number) <= at);
    }
  }
  for (const looks of chunksOf(early, movesAtOnce)) {
    await Promise.all(looks.map(look => move(table, look)));
    yield [];
  }
}

/** The keys in the index, in rounds over all shards. */
async function* entries(table: Table, at: number): AsyncGenerator<ItemKey[]> {
  let scans = shards.map(shard =>
    pagesOf(table, {
      IndexName: 'byDueAt',
      KeyConditionExpression: 'dueShard = :shard AND lookAt <= :at',
      ExpressionAttributeValues: { ':shard': { S: shard }, ':at': { N: String(at) } },
      Limit: pageOfEntries,
    }),
  );
  while (scans.length > 0) {
    const pages = await Promise.all(scans.map(scan => scan.next()));
    yield pages.flatMap(({ value }) => (value ?? []) as Item[]).map(itemKeyOf);
    scans = scans.filter((_, index) => !pages[index]?.done);
  }
}

/** When each job is due, without the job; 0 if its item does not say so. */
async function looksAt(table: Table, keys: ItemKey[]): Promise<Look[]> {
  const items = await getAllSideBySide(table, keys, 'pk, sk, due, version');
  return items.map(item => ({ key: itemKeyOf(item), version: 0, dueAt: 0, ...dueIn(item) }));
}

const lookOf = ({ id, version, dueAt }: Job): Look => ({ key: jobItem(id), version, dueAt: dueAt as number });

/** Sets `lookAt` to `dueAt`, unless the job was saved meanwhile; that save set it. */
async function move(table: Table, { key, dueAt, version }: Look): Promise<void> {
  await conditional(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(key),
        UpdateExpression: 'SET lookAt = :due',
        ConditionExpression: 'version = :version AND attribute_exists(lookAt)',
        ExpressionAttributeValues: { ':due': { N: String(dueAt) }, ':version': { N: String(version) } },
      }),
    ),
  );
}
