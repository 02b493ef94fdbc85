import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dayOf } from '../../../core/domain/company.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import { conditional, keyOf, type Table } from './dynamo.ts';
import { dayItem } from './table.ts';

/*
 * The jobs of a company's day, for companies with a quota of them. Counted before the jobs are created and taken back
 * when they are not. A function that ends in between, or an SDK retry of a count whose answer was lost, leaves the count
 * too high; a retry of taking back leaves it too low, by the jobs of one submission.
 */

const keptSeconds = 2 * 24 * 60 * 60;

export interface DayCount {
  companyId: CompanyId;
  jobs: number;
  at: number;
}

/** Counts the jobs, or none of them if the day would have more than `atMost`. Returns whether it did. */
export async function countJobs(table: Table, { companyId, jobs, at }: DayCount, atMost: number): Promise<boolean> {
  // the condition passes if no item exists yet
  if (jobs > atMost) return false;
  const counting = new UpdateItemCommand({
    ...adding(table, { companyId, jobs, at }),
    UpdateExpression: 'ADD jobs :jobs SET expiresAt = :expiresAt',
    ConditionExpression: 'attribute_not_exists(pk) OR jobs <= :room',
    ExpressionAttributeValues: {
      ':jobs': { N: String(jobs) },
      ':room': { N: String(atMost - jobs) },
      ':expiresAt': { N: String(Math.floor(at / 1000) + keptSeconds) },
    },
  });
  return 'done' in (await conditional(table.client.send(counting)));
}

export async function uncountJobs(table: Table, count: DayCount): Promise<void> {
  const uncounting = new UpdateItemCommand({
    ...adding(table, count),
    UpdateExpression: 'ADD jobs :jobs',
    ExpressionAttributeValues: { ':jobs': { N: String(-count.jobs) } },
  });
  await conditional(table.client.send(uncounting));
}

const adding = (table: Table, { companyId, at }: DayCount) => ({
  TableName: table.name,
  Key: keyOf(dayItem(companyId, dayOf(at))),
});
