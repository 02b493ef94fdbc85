import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Job } from '../../../core/domain/job.ts';
import { getAll, type Item, itemKeyOf, keyOf, numberIn, pagesOf, type Table, tried } from './dynamo.ts';
import { jobIn } from './job-items.ts';
import { jobItem, shards } from './table.ts';

/** The index may tell for a moment what has just been changed, so looking early is not done without end. */
const rounds = 5;

/** Jobs that are due, from all shards of the index; those that were looked at too early are put back on the way. */
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

/** To the time when it is due; unless somebody saved it meanwhile, who saw to that. */
async function putBack(table: Table, job: Job): Promise<void> {
  await tried(
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
