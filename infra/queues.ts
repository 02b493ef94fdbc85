import { Duration } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type QueueName, type QueueRow, queues } from '../shared/protocol/service-table.ts';

/** The maximum retention of SQS: time to find the cause and redrive. */
const deadLettersKept = Duration.days(14);
/** Longer than a job waits for its relay; the sweep covers messages lost later. */
const messagesKept = Duration.days(4);

/**
 * The queues, each with a dead-letter queue. StartMessageMoveTask moves failed messages back to their source, as
 * docs/runbook.md describes.
 */
export class Queues extends Construct {
  readonly byName: Record<QueueName, Queue>;
  readonly deadLetters: Record<QueueName, Queue>;

  constructor(scope: Construct, key: Key | undefined) {
    super(scope, 'Queues');
    const rows = Object.entries(queues) as [QueueName, QueueRow][];
    const pairs = rows.map(([name, row]) => ({ name, ...this.#make(name, row, key) }));
    this.byName = Object.fromEntries(pairs.map(({ name, queue }) => [name, queue])) as typeof this.byName;
    this.deadLetters = Object.fromEntries(pairs.map(({ name, dead }) => [name, dead])) as typeof this.deadLetters;
  }

  #make(name: QueueName, { visibilitySeconds, maximumDeliveries }: QueueRow, key: Key | undefined) {
    const encryption = key
      ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key }
      : { encryption: QueueEncryption.SQS_MANAGED };
    const common = { ...encryption, enforceSSL: true };
    const dead = new Queue(this, `${name}-dead-letters`, { ...common, retentionPeriod: deadLettersKept });
    const queue = new Queue(this, name, {
      ...common,
      retentionPeriod: messagesKept,
      visibilityTimeout: Duration.seconds(visibilitySeconds),
      deadLetterQueue: { queue: dead, maxReceiveCount: maximumDeliveries },
    });
    return { queue, dead };
  }
}
