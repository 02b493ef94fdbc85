import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, type Function as Lambda, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { tables as shapes, type TableName } from '../shared/adapters/aws/dynamo/table.ts';

/** [AWS Lambda, DynamoDB event source] */
const recordsAtMost = 100;

/**
 * Gives changes of jobs, uploads and the registry to the function `events`. A batch that fails is halved and repeated for as long
 * as the stream keeps it, a day.
 */
export function addEventStreams(tables: Record<TableName, Table>, events: Lambda): void {
  for (const name of Object.keys(shapes) as TableName[]) {
    const { streamed } = shapes[name];
    if (!streamed) continue;
    events.addEventSource(
      new DynamoEventSource(tables[name], {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: recordsAtMost,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.or('INSERT', 'MODIFY'),
            dynamodb: {
              Keys: { sk: { S: streamed.sortKeys } },
              ...(streamed.state === undefined ? {} : { NewImage: { state: { S: [streamed.state] } } }),
            },
          }),
        ],
      }),
    );
  }
}
