import { createHash } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';

/** A row of the table `messages`. */
export interface MessageRow {
  id: number;
  queue: string;
  body: string;
  sent_at: number;
  visible_at: number;
  first_received_at: number;
  receive_count: number;
}

/** A message as Lambda passes it to a function [AWS Lambda, "Using Lambda with Amazon SQS", example event]. */
export function toRecord(row: MessageRow): SQSRecord {
  return {
    messageId: String(row.id),
    receiptHandle: `${row.id}.${row.receive_count}`,
    body: row.body,
    attributes: {
      ApproximateReceiveCount: String(row.receive_count),
      SentTimestamp: String(row.sent_at),
      SenderId: 'platen',
      ApproximateFirstReceiveTimestamp: String(row.first_received_at),
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(row.body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:local:000000000000:${row.queue}`,
    awsRegion: 'local',
  };
}
