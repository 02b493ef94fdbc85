import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { MessageQueue } from '../../../core/ports/index.ts';
import { backoff } from '../../../protocol/backoff.ts';
import type { AwsConfig } from '../../../protocol/config.ts';
import { awsError } from '../aws-error.ts';
import { type ClientSettings, clientOptions, withinDeadline } from '../clients.ts';

/** [Amazon SQS, SendMessageBatch] */
const entriesAtOnce = 10;
const roundsAtMost = 5;
const betweenRounds = backoff(50, 1000);

export const openSqs = (settings: ClientSettings) =>
  withinDeadline(
    new SQSClient({
      ...clientOptions(settings, { requestMilliseconds: 3000, attempts: 4 }),
      useQueueUrlAsEndpoint: settings.endpoint === undefined,
    }),
  );

interface Entry {
  Id: string;
  MessageBody: string;
  DelaySeconds: number;
  MessageGroupId?: string;
}

/**
 * Standard queues are fair between groups: messages of a company with many in flight wait for those of others [Amazon SQS,
 * fair queues]. A digest, since company ids have characters that group ids have not.
 */
function groupOf(message: object): Pick<Entry, 'MessageGroupId'> {
  const { companyId } = message as { companyId?: string };
  return companyId === undefined ? {} : { MessageGroupId: createHash('sha256').update(companyId).digest('hex') };
}

/** Sends in batches and retries failed entries only, so only those may be duplicated. */
export function makeQueue(client: SQSClient, queueUrls: AwsConfig['queueUrls']): MessageQueue {
  return {
    async send(queue, messages, delaySeconds = 0) {
      const entries = messages.map((message, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify(message),
        DelaySeconds: delaySeconds,
        ...groupOf(message),
      }));
      const batches = Array.from({ length: Math.ceil(entries.length / entriesAtOnce) }, (_, batch) =>
        entries.slice(batch * entriesAtOnce, (batch + 1) * entriesAtOnce),
      );
      await Promise.all(batches.map(batch => sendBatch(client, queueUrls[queue], batch)));
    },
  };
}

async function sendBatch(client: SQSClient, QueueUrl: string, entries: Entry[]): Promise<void> {
  let left = entries;
  for (let round = 0; left.length > 0; round++) {
    if (round > 0) await sleep(betweenRounds(round));
    const { Failed = [] } = await taken(client.send(new SendMessageBatchCommand({ QueueUrl, Entries: left })));
    const isHopeless = Failed.some(({ SenderFault }) => SenderFault) || round + 1 >= roundsAtMost;
    if (Failed.length > 0 && isHopeless) throw refused(Failed);
    left = left.filter(({ Id }) => Failed.some(failed => failed.Id === Id));
  }
}

async function taken<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw refused(cause);
  }
}

const refused = (cause: unknown) => awsError('SQS', cause);
