import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { JobId } from '../../../core/domain/ids.ts';
import type { Job } from '../../../core/domain/job.ts';
import { overSince } from '../../../core/domain/job-schedule.ts';
import type { DocumentUse } from '../../../core/ports/index.ts';
import {
  conditional,
  getAllSideBySide,
  type Item,
  itemKeyOf,
  keyOf,
  markedPagesOf,
  numberIn,
  orInternal,
  readItem,
  type Table,
} from './dynamo.ts';
import { jobIn } from './job-items.ts';
import { documentUseItem, type ItemKey, jobItem, overShards, overUntilItem } from './table.ts';

/*
 * Documents whose jobs are over. The save that ends a job moves its entry in the index `byDueAt` to a partition of jobs
 * that are over, where it stays, by time, until its item expires. The item `until` says how far the documents were deleted.
 * Most documents have one job; jobs that share one are listed in an item of the document.
 */

/** Entries of each partition that are read in one round. */
const pageOfEntries = 250;
/** Longer than a job lives, and its record after that. */
const useSeconds = 100 * 24 * 60 * 60;

export function makeDocumentUse(table: Table, now: () => number): DocumentUse {
  return {
    async share(key, jobs) {
      const command = new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(documentUseItem(key)),
        UpdateExpression: 'ADD jobIds :jobs SET expiresAt = :expiresAt',
        ExpressionAttributeValues: {
          ':jobs': { SS: jobs },
          ':expiresAt': { N: String(Math.floor(now() / 1000) + useSeconds) },
        },
      });
      await orInternal(table.client.send(command));
    },

    async *unused(before) {
      const last = await readItem(table, overUntilItem);
      for await (const { keys, until } of rounds(table, last ? numberIn(last, 'reached') : 0, before)) {
        yield { keys: await unusedOf(table, keys, before), until, done: () => saveUntil(table, until) };
      }
    },
  };
}

interface Round {
  keys: ItemKey[];
  until: number;
}

/** Jobs that have been over since a time from `from` to `to`, in rounds over all partitions. */
async function* rounds(table: Table, from: number, to: number): AsyncGenerator<Round> {
  let scans = overShards.map(shard => ({
    reached: from,
    pages: markedPagesOf(table, {
      IndexName: 'byDueAt',
      KeyConditionExpression: 'dueShard = :shard AND lookAt BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':shard': { S: shard }, ':from': { N: String(from) }, ':to': { N: String(to) } },
      Limit: pageOfEntries,
    }),
  }));
  while (scans.length > 0) {
    const keys = await Promise.all(
      scans.map(async scan => {
        const { items, isLast } = (await scan.pages.next()).value as { items: Item[]; isLast: boolean };
        if (items.length > 0) scan.reached = numberIn(items.at(-1) as Item, 'lookAt');
        if (isLast) scan.reached = to;
        return items.map(itemKeyOf);
      }),
    );
    const until = Math.min(...scans.map(({ reached }) => reached));
    scans = scans.filter(({ reached }) => reached < to);
    if (keys.flat().length > 0) yield { keys: keys.flat(), until };
  }
}

/** Documents of these jobs that no other job uses, or has used since `before`. */
async function unusedOf(table: Table, keys: ItemKey[], before: number): Promise<string[]> {
  const jobs = (await getAllSideBySide(table, keys)).map(jobIn);
  const documents = [...new Set(jobs.flatMap(documentsOf))];
  const uses = await getAllSideBySide(table, documents.map(documentUseItem));
  const usersOf = new Map(uses.map(use => [itemKeyOf(use).pk, (use.jobIds?.SS ?? []) as JobId[]]));
  const users = [...new Set([...usersOf.values()].flat())];
  const others = (await getAllSideBySide(table, users.map(jobItem))).map(jobIn);
  const isOver = (job: Job) => (overSince(job) ?? Number.POSITIVE_INFINITY) <= before;
  const inUse = new Set(others.filter(job => !isOver(job)).map(({ id }) => id));
  return documents.filter(key => !usersOf.get(documentUseItem(key).pk)?.some(id => inUse.has(id)));
}

/** What is printed, and what it was made from if that was kept as the client sent it. */
const documentsOf = ({ document, source }: Job) =>
  [document?.key, source.kind === 'stored' ? source.key : undefined].filter(key => key !== undefined);

/** Never back. */
async function saveUntil(table: Table, at: number): Promise<void> {
  const command = new UpdateItemCommand({
    TableName: table.name,
    Key: keyOf(overUntilItem),
    UpdateExpression: 'SET reached = :at',
    ConditionExpression: 'attribute_not_exists(reached) OR reached < :at',
    ExpressionAttributeValues: { ':at': { N: String(at) } },
  });
  await conditional(table.client.send(command));
}
