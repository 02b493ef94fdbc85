import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Job } from '../../../core/domain/job.ts';
import { conditional, getAll, type Item, itemKeyOf, keyOf, numberIn, pagesOf, type Table } from './dynamo.ts';
import { jobIn } from './job-items.ts';
import { jobItem, shards } from './table.ts';

/** Limits repeated reads of stale index entries: the index is eventually consistent. */
const rounds = 5;

/** Due jobs of all shards of the index. Jobs whose `lookAt` is earlier than `dueAt` are moved to `dueAt`. */
export async function dueJobs(table: Table, at: number, limit: number): Promise<Job[]> {
  for (let round = 0; round < rounds; round++) {
    const rows = (await Promise.all(shards.map(shard => earliest(table, shard, at, limit)))).flat();
    const first = rows.toSorted((a, b) => numberIn(a, 'lookAt') - numberIn(b, 'lookAt')).slice(0, limit);
    const jobs = (await getAll(table, first.map(itemKeyOf))).map(jobIn);
    const due = jobs.filter(job => job.dueAt !== undefined && job.dueAt <= at);
    await Promise.all(jobs.filter(job => job.dueAt !== undefined && job.dueAt > at).map(job => putBack(table, job)));
    if (due.length > 0 || jobs.length === 0) return due;
  }
  return [];
}

async function earliest(table: Table, shard: string, at: number, limit: number): Promise<Item[]> {
  const pages = pagesOf(table, {
    IndexName: 'byDueAt',
    KeyConditionExpression: 'dueShard = :shard AND lookAt <= :at',
    ExpressionAttributeValues: { ':shard': { S: shard }, ':at': { N: String(at) } },
    Limit: limit,
  });
  return (await pages.next()).value ?? [];
}

/** Sets `lookAt` to `dueAt`, unless the job was saved meanwhile; that save set it. */
async function putBack(table: Table, job: Job): Promise<void> {
  await conditional(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(jobItem(job.id)),
        UpdateExpression: 'SET lookAt = :due',
        ConditionExpression: 'version = :version AND attribute_exists(lookAt)',
        ExpressionAttributeValues: { ':due': { N: String(job.dueAt) }, ':version': { N: String(job.version) } },
      }),
    ),
  );
}
