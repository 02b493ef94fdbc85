import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { JobId } from '../../../core/domain/ids.ts';
import type { Job } from '../../../core/domain/job.ts';
import type { PrinterName } from '../../../core/domain/printer.ts';
import type { JobStore } from '../../../core/ports/index.ts';
import { conditional, type Item, keyOf, numberIn, readItem, type Table } from './dynamo.ts';
import { newestItem } from './table.ts';

const keptSeconds = 35 * 24 * 60 * 60;

/** Records the newest job of a key. The record names the one before, so that a repeated call finds it again. */
export async function recordNewest(table: Table, job: Job, now: number): ReturnType<JobStore['supersede']> {
  const key = newestItem(job.companyId, job.printer as PrinterName, job.supersedes as string);
  let older: Item[string] | undefined;
  for (let known = await readItem(table, key); ; ) {
    if (known?.jobId?.S === job.id) return { older: known.older?.S as JobId | undefined };
    // the job may have been recorded by a request whose answer was lost, and be replaced since
    if (known && numberIn(known, 'sequence') > job.sequence)
      return { older: older?.S as JobId | undefined, newer: known.jobId?.S as JobId };
    older = known?.jobId;
    const item: Item = {
      ...keyOf(key),
      jobId: { S: job.id },
      sequence: { N: String(job.sequence) },
      ...(older ? { older } : {}),
      expiresAt: { N: String(Math.floor(now / 1000) + keptSeconds) },
    };
    const outcome = await conditional(
      table.client.send(
        new PutItemCommand({
          TableName: table.name,
          Item: item,
          ConditionExpression: older ? 'jobId = :older' : 'attribute_not_exists(pk)',
          ExpressionAttributeValues: older && { ':older': older },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
    );
    if ('done' in outcome) return { older: older?.S as JobId | undefined };
    known = outcome.refusedBy;
  }
}
