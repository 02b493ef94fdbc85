import type { SQSEvent } from 'aws-lambda';
import type { MessageQueue, Messages } from '../../../core/ports/index.ts';
import type { QueueName, QueueRow } from '../../../protocol/service-table.ts';
import { log } from '../../../telemetry/log.ts';
import type { Sqlite, WriteOptions } from '../sqlite/sqlite.ts';
import { type Consumer, type QueueHandler, startConsumer } from './queue-consumer.ts';
import { type MessageRow, toRecord } from './queue-record.ts';

/*
 * SQS on one machine, with its words and its habits: a message that is received is hidden for the visibility timeout
 * and counted; what is not deleted by then is delivered again, to whoever asks, also after the process was killed.
 * A message that was delivered `maximumDeliveries` times and is not deleted goes to the queue's dead letters, from
 * where `redrive` brings it back. The one kindness that SQS does not have: a message that failed comes back after a
 * back-off that doubles from a second, instead of after the whole visibility timeout.
 */

const firstBackOffMilliseconds = 1000;
/**
 * A delivery, or the end of a message, that a power cut undoes is another delivery, as any message may have. What the
 * core sends and a power cut loses, the sweep sends again.
 */
const forgettable = { relaxed: true };

type Buried = Pick<MessageRow, 'id' | 'queue' | 'receive_count'>;

export interface DeadLetter {
  messageId: string;
  body: string;
  receiveCount: number;
  sentAt: number;
  diedAt: number;
}

export class EmbeddedQueue implements MessageQueue {
  readonly #db: Sqlite;
  readonly #now: () => number;
  readonly #consumers = new Set<Consumer & { queue: QueueName }>();

  constructor(db: Sqlite, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  send<Name extends keyof Messages>(queue: Name, messages: Messages[Name][], delaySeconds = 0): Promise<void> {
    const bodies = messages.map(message => JSON.stringify(message));
    return this.#insert(queue, bodies, delaySeconds, forgettable);
  }

  /** Any queue, any body: what `send` is to the core, this is to a topic rule. On disk when answered. */
  enqueue(queue: QueueName, bodies: string[]): Promise<void> {
    return this.#insert(queue, bodies, 0, {});
  }

  /**
   * Gives the queue's messages to `handler`, in batches as the row says, until `stop`. The handler's answer is
   * Lambda's: failures by message id, or a throw, which returns the whole batch.
   */
  consume(queue: QueueName, row: QueueRow, handler: QueueHandler): { stop(): Promise<void> } {
    const consumer = startConsumer(row, handler, {
      receive: limit => this.#receive(queue, row, limit),
      remove: ids => this.#remove(ids),
      giveBack: records => this.#giveBack(records, row),
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

  /**
   * Shows again what is hidden because somebody has it. For the start of a server: whoever had it was killed, and
   * nobody should wait for the visibility timeout of a message that nobody works on.
   */
  async release(): Promise<void> {
    const at = this.#now();
    await this.#db.write(db => {
      db.run('UPDATE messages SET visible_at = ? WHERE visible_at > ? AND receive_count > 0', at, at);
    });
  }

  /** Puts all dead letters back, to be delivered as if for the first time; answers how many they were. */
  async redrive(queue: QueueName): Promise<number> {
    const moved = await this.#db.write(db => {
      db.run(
        `INSERT INTO messages (queue, body, sent_at, visible_at)
         SELECT queue, body, sent_at, ? FROM dead_letters WHERE queue = ? ORDER BY id`,
        ...[this.#now(), queue],
      );
      return db.run('DELETE FROM dead_letters WHERE queue = ?', queue);
    });
    this.#wake(queue);
    return moved;
  }

  /** Stops all consumers; what is running is waited for. */
  async stop(): Promise<void> {
    await Promise.all([...this.#consumers].map(consumer => consumer.stop()));
    this.#consumers.clear();
  }

  async #insert(queue: QueueName, bodies: string[], delaySeconds: number, options: WriteOptions): Promise<void> {
    const at = this.#now();
    await this.#db.write(db => {
      for (const body of bodies) {
        db.run(
          'INSERT INTO messages (queue, body, sent_at, visible_at) VALUES (?, ?, ?, ?)',
          ...[queue, body, at, at + delaySeconds * 1000],
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
    const received = await this.#db.write(db => {
      // delivered as often as it may, and neither deleted nor given back: whoever had it died of it
      const condition = 'queue = ? AND visible_at <= ? AND receive_count >= ?';
      const buried = this.#bury(condition, queue, at, row.maximumDeliveries);
      const rows = db.all<MessageRow>(
        `UPDATE messages SET visible_at = ?, receive_count = receive_count + 1,
           first_received_at = coalesce(first_received_at, ?)
         WHERE id IN (SELECT id FROM messages WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?)
         RETURNING *`,
        ...[at + row.visibilitySeconds * 1000, at, queue, at, limit],
      );
      return { rows, buried };
    }, forgettable);
    logBuried(received.buried);
    return received.rows.toSorted((a, b) => a.id - b.id).map(toRecord);
  }

  /** A message that was worked off is done, even if it was delivered to somebody else in the meantime. */
  async #remove(messageIds: string[]): Promise<void> {
    await this.#db.write(db => {
      for (const id of messageIds) db.run('DELETE FROM messages WHERE id = ?', Number(id));
    }, forgettable);
  }

  /** Counts only while the message was not delivered to somebody else, whose business it is then. */
  async #giveBack(records: SQSEvent['Records'], row: QueueRow): Promise<void> {
    const at = this.#now();
    const buried = await this.#db.write(db =>
      records.flatMap(record => {
        const id = Number(record.messageId);
        const count = Number(record.attributes.ApproximateReceiveCount);
        const backOff = Math.min(firstBackOffMilliseconds * 2 ** (count - 1), row.visibilitySeconds * 1000);
        if (count >= row.maximumDeliveries) return this.#bury('id = ? AND receive_count = ?', id, count);
        db.run('UPDATE messages SET visible_at = ? WHERE id = ? AND receive_count = ?', at + backOff, id, count);
        return [];
      }),
    );
    logBuried(buried);
  }

  /** Moves messages to the dead letters; inside of `write`. */
  #bury(condition: string, ...values: (string | number)[]): Buried[] {
    const buried = this.#db.all<Buried>(
      `INSERT INTO dead_letters (id, queue, body, sent_at, receive_count, died_at)
       SELECT id, queue, body, sent_at, receive_count, ? FROM messages WHERE ${condition}
       RETURNING id, queue, receive_count`,
      ...[this.#now(), ...values],
    );
    this.#db.run(`DELETE FROM messages WHERE ${condition}`, ...values);
    return buried;
  }

  #nextVisibleIn(queue: QueueName): number | undefined {
    const next = this.#db.get<{ at: number | null }>(
      'SELECT min(visible_at) AS at FROM messages WHERE queue = ?',
      queue,
    );
    return typeof next?.at === 'number' ? Math.max(0, next.at - this.#now()) : undefined;
  }
}

function logBuried(buried: Buried[]): void {
  for (const { id, queue, receive_count: deliveries } of buried)
    log('dead-letter', { queue, messageId: id, deliveries });
}
