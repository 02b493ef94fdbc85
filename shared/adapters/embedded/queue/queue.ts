import type { SQSEvent } from 'aws-lambda';
import type { MessageQueue, Messages } from '../../../core/ports/index.ts';
import { doubled } from '../../../protocol/backoff.ts';
import { type QueueName, type QueueRow, queues } from '../../../protocol/service-table.ts';
import { log } from '../../../telemetry/log.ts';
import { record } from '../../../telemetry/metrics.ts';
import type { Sqlite, WriteOptions } from '../sqlite/sqlite.ts';
import { chooseMessages, ownerOf } from './fair-choice.ts';
import { type Consumer, type QueueHandler, startConsumer } from './queue-consumer.ts';
import { type MessageRow, toRecord } from './queue-record.ts';

/*
 * SQS semantics on one machine: a received message is hidden for the visibility timeout and its receive count is
 * incremented; if it is not deleted by then, it is delivered again, also after the process was killed. A message
 * delivered `maximumDeliveries` times without being deleted moves to the dead-letter queue; `redrive` moves it back.
 * A message that was being processed when the process ended, twice, may be what ended it: it is not delivered a third
 * time. Unlike SQS, a failed message is retried after a back-off that doubles from one second, not after the whole visibility
 * timeout.
 */

const firstBackOffMilliseconds = 1000;
/**
 * A delivery or deletion lost in a power cut causes one more delivery, which consumers tolerate. The sweep sends again
 * what the core sent and a power cut lost.
 */
const forgettable = { relaxed: true };

/** A message that was in hand at so many ends of the process is taken for their cause. */
const interruptionsAtMost = 2;

type DeadMessage = Pick<MessageRow, 'id' | 'queue' | 'receive_count' | 'body'>;

export interface DeadLetter {
  messageId: string;
  body: string;
  receiveCount: number;
  sentAt: number;
  diedAt: number;
}

/** How full a queue is now. */
export interface QueueDepth {
  queue: QueueName;
  messages: number;
  oldestSeconds: number;
  deadLetters: number;
}

export class EmbeddedQueue implements MessageQueue {
  readonly #db: Sqlite;
  readonly #now: () => number;
  readonly #lastServed = new Map<QueueName, string>();
  readonly #consumers = new Set<Consumer & { queue: QueueName }>();

  constructor(db: Sqlite, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  send<Name extends keyof Messages>(queue: Name, messages: Messages[Name][], delaySeconds = 0): Promise<void> {
    const bodies = messages.map(message => JSON.stringify(message));
    return this.#insert(queue, bodies, delaySeconds, forgettable);
  }

  /** Sends any body to any queue, as an AWS IoT topic rule does. Durable on return. */
  enqueue(queue: QueueName, bodies: string[]): Promise<void> {
    return this.#insert(queue, bodies, 0, {});
  }

  /**
   * Delivers messages to `handler`, in batches as the row defines, until `stop`. The handler returns Lambda's response:
   * failures by message id; a throw returns the whole batch.
   */
  consume(queue: QueueName, row: QueueRow, handler: QueueHandler): { stop(): Promise<void> } {
    const consumer = startConsumer(row, handler, {
      receive: limit => this.#receive(queue, row, limit),
      remove: ids => this.#remove(ids),
      giveBack: records => this.#returnToQueue(records, row),
      nextVisibleIn: () => this.#nextVisibleIn(queue),
    });
    const entry = { ...consumer, queue };
    this.#consumers.add(entry);
    return {
      stop: async () => {
        this.#consumers.delete(entry);
        await consumer.stop();
      },
    };
  }

  /** Oldest first. */
  async deadLetters(queue: QueueName): Promise<DeadLetter[]> {
    return this.#db
      .all<Omit<DeadLetter, 'messageId'> & { id: number }>(
        `SELECT id, body, receive_count AS receiveCount, sent_at AS sentAt, died_at AS diedAt
         FROM dead_letters WHERE queue = ? ORDER BY id`,
        queue,
      )
      .map(({ id, ...rest }) => ({ messageId: String(id), ...rest }));
  }

  /** Of every queue, messages in flight included. */
  depths(): QueueDepth[] {
    const waiting = this.#db.all<{ queue: string; count: number; oldest: number }>(
      'SELECT queue, count(*) AS count, min(sent_at) AS oldest FROM messages GROUP BY queue',
    );
    const dead = this.#db.all<{ queue: string; count: number }>(
      'SELECT queue, count(*) AS count FROM dead_letters GROUP BY queue',
    );
    return (Object.keys(queues) as QueueName[]).map(queue => {
      const { count = 0, oldest = this.#now() } = waiting.find(row => row.queue === queue) ?? {};
      const deadLetters = dead.find(row => row.queue === queue)?.count ?? 0;
      return { queue, messages: count, oldestSeconds: (this.#now() - oldest) / 1000, deadLetters };
    });
  }

  /**
   * Makes in-flight messages visible again. Call at start-up: their consumers were killed, and the messages would
   * otherwise wait for their visibility timeout. Returns those that were in hand at the end of the process too often, and
   * are now in the dead-letter queue.
   */
  async release(): Promise<{ queue: string; body: string }[]> {
    const at = this.#now();
    const dead = await this.#db.write(db => {
      db.run('UPDATE messages SET in_hand = 0, interruptions = interruptions + 1 WHERE in_hand = 1');
      db.run('UPDATE messages SET visible_at = ? WHERE visible_at > ? AND receive_count > 0', at, at);
      return this.#moveToDeadLetters('interruptions >= ?', interruptionsAtMost);
    });
    logDeadLetters(dead);
    return dead;
  }

  /** Moves all messages of the dead-letter queue back, with a receive count of 0. Returns their number. */
  async redrive(queue: QueueName): Promise<number> {
    const moved = await this.#db.write(db => {
      db.run(
        `INSERT INTO messages (queue, body, sent_at, visible_at, owner)
         SELECT queue, body, sent_at, ?, '' FROM dead_letters WHERE queue = ? ORDER BY id`,
        ...[this.#now(), queue],
      );
      return db.run('DELETE FROM dead_letters WHERE queue = ?', queue);
    });
    this.#wake(queue);
    return moved;
  }

  /** Stops all consumers and waits for running batches. */
  async stop(): Promise<void> {
    await Promise.all([...this.#consumers].map(consumer => consumer.stop()));
    this.#consumers.clear();
  }

  async #insert(queue: QueueName, bodies: string[], delaySeconds: number, options: WriteOptions): Promise<void> {
    const at = this.#now();
    await this.#db.write(db => {
      for (const body of bodies) {
        db.run(
          'INSERT INTO messages (queue, body, sent_at, visible_at, owner) VALUES (?, ?, ?, ?, ?)',
          ...[queue, body, at, at + delaySeconds * 1000, ownerOf(body)],
        );
      }
    }, options);
    this.#wake(queue);
  }

  #wake(queue: QueueName): void {
    for (const consumer of this.#consumers) if (consumer.queue === queue) consumer.wake();
  }

  async #receive(queue: QueueName, row: QueueRow, limit: number): Promise<SQSEvent['Records']> {
    const at = this.#now();
    const isAnyVisible = this.#db.get('SELECT 1 FROM messages WHERE queue = ? AND visible_at <= ? LIMIT 1', queue, at);
    if (!isAnyVisible) return [];
    const capacity = row.concurrency * row.batchSize;
    const after = this.#lastServed.get(queue) ?? '';
    const { ids, last } = chooseMessages(this.#db, { queue, at, limit, capacity, after });
    if (ids.length === 0) return [];
    this.#lastServed.set(queue, last);
    const received = await this.#db.write(db => {
      // delivered as often as allowed, and neither deleted nor returned: the consumer died each time
      const condition = 'queue = ? AND visible_at <= ? AND receive_count >= ?';
      const dead = this.#moveToDeadLetters(condition, queue, at, row.maximumDeliveries);
      const rows = db.all<MessageRow>(
        `UPDATE messages SET visible_at = ?, receive_count = receive_count + 1, in_hand = 1,
           first_received_at = coalesce(first_received_at, ?)
         WHERE id IN (SELECT value FROM json_each(?)) RETURNING *`,
        ...[at + row.visibilitySeconds * 1000, at, JSON.stringify(ids)],
      );
      return { rows, dead };
    }, forgettable);
    logDeadLetters(received.dead);
    return received.rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)).map(toRecord);
  }

  /** Deletes processed messages, even if one was delivered again meanwhile. */
  async #remove(messageIds: string[]): Promise<void> {
    await this.#db.write(db => {
      for (const id of messageIds) db.run('DELETE FROM messages WHERE id = ?', Number(id));
    }, forgettable);
  }

  /** Returns failed messages, except those that were delivered again meanwhile. */
  async #returnToQueue(records: SQSEvent['Records'], row: QueueRow): Promise<void> {
    const at = this.#now();
    const dead = await this.#db.write(db =>
      records.flatMap(record => {
        const id = Number(record.messageId);
        const count = Number(record.attributes.ApproximateReceiveCount);
        const backOff = doubled(count - 1, firstBackOffMilliseconds, row.visibilitySeconds * 1000);
        if (count >= row.maximumDeliveries) return this.#moveToDeadLetters('id = ? AND receive_count = ?', id, count);
        db.run(
          'UPDATE messages SET visible_at = ?, in_hand = 0 WHERE id = ? AND receive_count = ?',
          at + backOff,
          id,
          count,
        );
        return [];
      }),
    );
    logDeadLetters(dead);
  }

  /** Moves messages to the dead-letter queue; call inside `write`. */
  #moveToDeadLetters(condition: string, ...values: (string | number)[]): DeadMessage[] {
    const dead = this.#db.all<DeadMessage>(
      `INSERT INTO dead_letters (id, queue, body, sent_at, receive_count, died_at)
       SELECT id, queue, body, sent_at, receive_count, ? FROM messages WHERE ${condition}
       RETURNING id, queue, receive_count, body`,
      ...[this.#now(), ...values],
    );
    this.#db.run(`DELETE FROM messages WHERE ${condition}`, ...values);
    return dead;
  }

  #nextVisibleIn(queue: QueueName): number | undefined {
    const next = this.#db.get<{ at: number | null }>(
      'SELECT min(visible_at) AS at FROM messages WHERE queue = ?',
      queue,
    );
    return typeof next?.at === 'number' ? Math.max(0, next.at - this.#now()) : undefined;
  }
}

function logDeadLetters(dead: DeadMessage[]): void {
  for (const { id, queue, receive_count: deliveries } of dead) {
    log.error('dead-letter', { queue, messageId: id, deliveries });
    record('deadLetters');
  }
}
