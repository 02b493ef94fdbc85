import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dayOf } from '../../../core/domain/company.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import { addToDay } from './day-count.ts';
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
  const addition = { attribute: 'jobs', amount: jobs, room: atMost - jobs, at, keptSeconds } as const;
  return await addToDay(table, dayItem(companyId, dayOf(at)), addition);
}

export async function uncountJobs(table: Table, { companyId, jobs, at }: DayCount): Promise<void> {
  const uncounting = new UpdateItemCommand({
    TableName: table.name,
    Key: keyOf(dayItem(companyId, dayOf(at))),
    UpdateExpression: 'ADD jobs :jobs',
    ExpressionAttributeValues: { ':jobs': { N: String(-jobs) } },
  });
  await conditional(table.client.send(uncounting));
}
