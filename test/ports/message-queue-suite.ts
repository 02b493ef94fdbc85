import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Harness, suiteRow } from '../../doubles/harness.ts';
import { someToken } from '../../doubles/samples.ts';
import type { JobId } from '../../shared/core/domain/ids.ts';
import type { MessageQueue } from '../../shared/core/ports/index.ts';
import type { QueueName, QueueRow } from '../../shared/protocol/service-table.ts';

export interface QueueHarness extends Harness {
  queue: MessageQueue;
  /** Passes the queue's messages to the handler, as Lambda does, until `stop`. */
  consume(
    queue: QueueName,
    row: QueueRow,
    handler: (event: SQSEvent) => Promise<SQSBatchResponse | undefined>,
  ): { stop(): Promise<void> };
  deadLetters(queue: QueueName): Promise<{ body: string }[]>;
  redrive(queue: QueueName): Promise<unknown>;
}

export function messageQueueSuite(name: string, open: () => Promise<QueueHarness>): void {
  describe(`message queue: ${name}`, () => {
    let harness: QueueHarness;
    let consumers: { stop(): Promise<void> }[] = [];

    beforeAll(async () => {
      harness = await open();
    });
    afterEach(async () => {
      // processed messages may be deleted a moment later
      await eventually(async () => expect(await harness.leftBehind()).toEqual([]));
      for (const consumer of consumers.splice(0)) await consumer.stop();
    });
    afterAll(() => harness.close());

    const someMessage = () => ({ jobIds: [someToken() as JobId] });
    const jobIdOf = (record: SQSRecord) => JSON.parse(record.body).jobIds[0] as JobId;
    /** Consumes with `handle`, which fails a record by throwing, and records what was delivered. */
    const consume = (handle: (record: SQSRecord, delivery: number) => unknown = () => undefined) => {
      const delivered: SQSRecord[] = [];
      const consumer = harness.consume('prepare', suiteRow, async event => {
        const outcomes = await Promise.allSettled(
          event.Records.map(async record => {
            delivered.push(record);
            await handle(record, delivered.filter(other => other.body === record.body).length);
          }),
        );
        const failed = event.Records.filter((_, index) => outcomes[index]?.status === 'rejected');
        return { batchItemFailures: failed.map(record => ({ itemIdentifier: record.messageId })) };
      });
      consumers = [...consumers, consumer];
      const countOf = (message: { jobIds: JobId[] }) =>
        delivered.filter(record => jobIdOf(record) === message.jobIds[0]).length;
      return { delivered, countOf };
    };
    const fail = () => {
      throw new Error('not this time');
    };

    test('delivers every message, in records of Lambda’s form', async () => {
      const messages = Array.from({ length: 25 }, someMessage);
      const { delivered, countOf } = consume();

      await harness.queue.send('prepare', messages);
      await harness.queue.send('prepare', []);
      await eventually(() => expect(messages.every(message => countOf(message) >= 1)).toBe(true));

      expect(delivered[0]).toMatchObject({
        messageId: expect.any(String),
        receiptHandle: expect.any(String),
        eventSource: 'aws:sqs',
        attributes: { ApproximateReceiveCount: '1' },
      });
      expect(new Set(delivered.map(record => record.messageId)).size).toBe(delivered.length);
    });

    test('delivers messages that were sent before the consumer started', async () => {
      const message = someMessage();

      await harness.queue.send('prepare', [message]);
      const { countOf } = consume();

      await eventually(() => expect(countOf(message)).toBe(1));
    });

    test('delays a message', async () => {
      const [delayed, prompt] = [someMessage(), someMessage()];
      const { countOf } = consume();

      await harness.queue.send('prepare', [delayed], 4);
      await harness.queue.send('prepare', [prompt]);
      await eventually(() => expect(countOf(prompt)).toBe(1));
      expect(countOf(delayed)).toBe(0);
      await harness.advance(4000);

      await eventually(() => expect(countOf(delayed)).toBe(1));
    });

    test('redelivers a failed message, and not its neighbours', async () => {
      const [good, bad] = [someMessage(), someMessage()];
      const { delivered, countOf } = consume((record, delivery) => {
        if (jobIdOf(record) === bad.jobIds[0] && delivery === 1) fail();
      });

      await harness.queue.send('prepare', [good, bad]);
      await eventually(() => expect(countOf(bad)).toBe(1));
      await harness.advance(4000);
      await eventually(() => expect(countOf(bad)).toBe(2));

      expect(countOf(good)).toBe(1);
      const counts = delivered.filter(record => jobIdOf(record) === bad.jobIds[0]);
      expect(counts.map(record => record.attributes.ApproximateReceiveCount)).toEqual(['1', '2']);
    });

    test('delivers the whole batch again when the handler throws', async () => {
      const messages = [someMessage(), someMessage()];
      const seen: string[] = [];
      let isFirst = true;
      await harness.queue.send('prepare', messages);
      const consumer = harness.consume('prepare', suiteRow, async event => {
        seen.push(...event.Records.map(jobIdOf));
        if (isFirst && event.Records.length === messages.length) {
          isFirst = false;
          fail();
        }
        return undefined;
      });
      consumers = [...consumers, consumer];

      await eventually(() => expect(seen.length).toBeGreaterThanOrEqual(2));
      await harness.advance(4000);

      await eventually(async () => expect(await harness.leftBehind()).toEqual([]));
      for (const { jobIds } of messages) expect(seen).toContain(jobIds[0]);
    });

    test('delivers a message again when its handler takes longer than the visibility timeout', async () => {
      const message = someMessage();
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      const { countOf } = consume((_, delivery) => (delivery === 1 ? released : undefined));

      await harness.queue.send('prepare', [message]);
      await eventually(() => expect(countOf(message)).toBe(1));
      await harness.advance(4000);
      await eventually(() => expect(countOf(message)).toBe(2));

      release();
    });

    test('moves a message that failed too often to the dead-letter queue, and redrives it', async () => {
      const message = someMessage();
      let isCured = false;
      const { countOf } = consume(() => (isCured ? undefined : fail()));

      await harness.queue.send('prepare', [message]);
      for (let delivery = 1; delivery <= suiteRow.maximumDeliveries; delivery++) {
        await eventually(() => expect(countOf(message)).toBe(delivery));
        await harness.advance(4000);
      }
      await eventually(async () => {
        const dead = await harness.deadLetters('prepare');
        expect(dead.map(letter => JSON.parse(letter.body))).toEqual([message]);
      });
      expect(countOf(message)).toBe(suiteRow.maximumDeliveries);
      isCured = true;
      await harness.redrive('prepare');

      await eventually(() => expect(countOf(message)).toBe(suiteRow.maximumDeliveries + 1));
      expect(await harness.deadLetters('prepare')).toEqual([]);
    });

    test('stops only after running batches are done', async () => {
      const message = someMessage();
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      const { countOf } = consume(() => released);
      await harness.queue.send('prepare', [message]);
      await eventually(() => expect(countOf(message)).toBe(1));

      let isStopped = false;
      const stopping = consumers[0]?.stop().then(() => {
        isStopped = true;
      });
      await new Promise(resolve => setImmediate(resolve));
      expect(isStopped).toBe(false);
      release();
      await stopping;

      expect(countOf(message)).toBe(1);
      expect(await harness.leftBehind()).toEqual([]);
    });
  });
}
