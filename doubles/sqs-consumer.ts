import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { QueueRow } from '../shared/protocol/service-table.ts';

/** Lambda's part of an SQS trigger: passes messages to a handler and deletes those that did not fail. */
export function consumeQueue(
  client: SQSClient,
  url: string,
  row: QueueRow,
  handler: (event: SQSEvent) => Promise<SQSBatchResponse | undefined>,
): { stop(): Promise<void> } {
  let isStopped = false;
  const poll = async () => {
    while (!isStopped) {
      const messages = await receive(client, url, row.batchSize);
      if (messages.length > 0) await processBatch(client, url, messages, handler);
    }
  };
  const pollers = Array.from({ length: row.concurrency }, poll);
  return {
    async stop() {
      isStopped = true;
      await Promise.all(pollers);
    },
  };
}

async function receive(client: SQSClient, url: string, limit: number, visibilitySeconds?: number): Promise<Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: limit,
      MessageSystemAttributeNames: ['All'],
      VisibilityTimeout: visibilitySeconds,
      WaitTimeSeconds: visibilitySeconds === undefined ? 1 : 0,
    }),
  );
  return Messages;
}

async function processBatch(
  client: SQSClient,
  url: string,
  messages: Message[],
  handler: (event: SQSEvent) => Promise<SQSBatchResponse | undefined>,
): Promise<void> {
  const answer = await handler({ Records: messages.map(recordOf) }).catch(() => 'thrown' as const);
  if (answer === 'thrown') return;
  const failed = (answer?.batchItemFailures ?? []).map(failure => failure.itemIdentifier);
  const done = messages.filter(message => !failed.includes(message.MessageId as string));
  // a receipt handle of an earlier delivery deletes nothing
  await Promise.allSettled(done.map(message => remove(client, url, message)));
}

const remove = (client: SQSClient, url: string, { ReceiptHandle }: Message) =>
  client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));

function recordOf(message: Message): SQSRecord {
  return {
    messageId: message.MessageId as string,
    receiptHandle: message.ReceiptHandle as string,
    body: message.Body as string,
    attributes: message.Attributes as unknown as SQSRecord['attributes'],
    messageAttributes: {},
    md5OfBody: message.MD5OfBody as string,
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:test',
    awsRegion: 'test',
  };
}

/** The messages in a queue, without receiving them. */
export async function peek(client: SQSClient, url: string): Promise<{ body: string }[]> {
  const messages = await receive(client, url, 10, 0);
  return messages.map(message => ({ body: message.Body as string }));
}

/** Number of messages in a queue, visible or not. */
export async function depthOf(client: SQSClient, url: string): Promise<number> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  const counts = Object.entries(Attributes)
    .filter(([name]) => name.startsWith('ApproximateNumberOfMessages'))
    .map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Moves every message from one queue to another. */
export async function moveAll(client: SQSClient, from: string, to: string): Promise<void> {
  for (
    let messages = await receive(client, from, 10, 30);
    messages.length > 0;
    messages = await receive(client, from, 10, 30)
  ) {
    for (const message of messages) {
      await client.send(new SendMessageCommand({ QueueUrl: to, MessageBody: message.Body }));
      await remove(client, from, message);
    }
  }
}
