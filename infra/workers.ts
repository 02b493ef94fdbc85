import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  type FunctionName,
  type QueueName,
  type QueueRow,
  queues as rows,
  sweepEverySeconds,
} from '../shared/protocol/service-table.ts';

interface WorkersProps {
  functions: Record<FunctionName, IFunction>;
  queues: Record<QueueName, Queue>;
}

/** Connects each queue to its function, and runs the sweep every minute. */
export class Workers extends Construct {
  constructor(scope: Construct, { functions, queues }: WorkersProps) {
    super(scope, 'Workers');
    for (const [name, row] of Object.entries(rows) as [QueueName, QueueRow][]) {
      functions[row.function].addEventSource(
        new SqsEventSource(queues[name], {
          batchSize: row.batchSize,
          maxBatchingWindow: row.windowSeconds === undefined ? undefined : Duration.seconds(row.windowSeconds),
          maxConcurrency: row.concurrency,
          reportBatchItemFailures: true,
        }),
      );
    }
    new Rule(this, 'sweep', {
      description: 'Expires abandoned jobs and uploads, and resends messages that may have been lost',
      schedule: Schedule.rate(Duration.seconds(sweepEverySeconds)),
      // the next invocation follows within a minute
      targets: [new LambdaFunction(functions.sweep, { retryAttempts: 0 })],
    });
  }
}
