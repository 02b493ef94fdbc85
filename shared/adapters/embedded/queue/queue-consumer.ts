import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { QueueRow } from '../../../protocol/service-table.ts';
import { limitedLog, log } from '../../../telemetry/log.ts';

export type QueueHandler = (event: SQSEvent) => Promise<SQSBatchResponse | undefined>;

export interface Consumer {
  /** Signals that a message may be visible now. */
  wake(): void;
  /** Starts no new batch; resolves when running batches are done and their messages deleted or returned. */
  stop(): Promise<void>;
}

/** The queue operations that a consumer needs. */
interface Source {
  receive(limit: number): Promise<SQSRecord[]>;
  remove(messageIds: string[]): Promise<void>;
  giveBack(records: SQSRecord[]): Promise<void>;
  /** milliseconds until the next message becomes visible; undefined if there is none */
  nextVisibleIn(): number | undefined;
}

/**
 * Timers drift from the clock when the machine sleeps or its clock is set, so the queue is polled at least this often.
 */
const longestSleepMilliseconds = 500;
/** Pause between reads, also when the database fails to return due messages. */
const shortestSleepMilliseconds = 10;

/** Processes up to `concurrency` batches at a time; sleeps until a message is due or `wake` is called. */
export function startConsumer(row: QueueRow, handler: QueueHandler, source: Source): Consumer {
  const atWork = new Set<Promise<void>>();
  let pulling: Promise<void> | undefined;
  let wasWoken = false;
  let isStopped = false;
  /** the queue could not be read last time; it is asked again after the longest sleep */
  let hasFailed = false;
  const logUnreadable = limitedLog('error', 10_000);
  let timer: NodeJS.Timeout | undefined;

  const wake = () => {
    wasWoken = true;
    if (pulling || isStopped) return;
    clearTimeout(timer);
    pulling = pull().finally(() => {
      pulling = undefined;
      if (wasWoken) wake();
      else sleep();
    });
  };

  /** Receives messages while some are visible and a worker is free. */
  const pull = async () => {
    while (!isStopped && atWork.size < row.concurrency) {
      wasWoken = false;
      const free = row.concurrency - atWork.size;
      const records = await source.receive(free * row.batchSize).catch(error => {
        logUnreadable('queue-not-readable', { function: row.function, error });
        return undefined;
      });
      hasFailed = records === undefined;
      if (!records?.length) return;
      for (let from = 0; from < records.length; from += row.batchSize) {
        start(records.slice(from, from + row.batchSize));
      }
    }
    wasWoken = false;
  };

  const start = (records: SQSRecord[]) => {
    const work = processBatch(records, handler, source).finally(() => {
      atWork.delete(work);
      wake();
    });
    atWork.add(work);
  };

  const sleep = () => {
    if (isStopped || atWork.size >= row.concurrency) return;
    const due = hasFailed ? longestSleepMilliseconds : (source.nextVisibleIn() ?? longestSleepMilliseconds);
    timer = setTimeout(wake, Math.max(shortestSleepMilliseconds, Math.min(due, longestSleepMilliseconds))).unref();
  };

  wake();
  return {
    wake,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await pulling;
      await Promise.all(atWork);
    },
  };
}

/** Messages that cannot be deleted or returned, because the database fails, reappear after their visibility timeout. */
async function processBatch(records: SQSRecord[], handler: QueueHandler, source: Source): Promise<void> {
  const failed = await failuresOf(records, handler);
  const isFailed = (record: SQSRecord) => failed.has(record.messageId);
  const done = records.filter(record => !isFailed(record)).map(record => record.messageId);
  const settled = await Promise.allSettled([
    done.length > 0 && source.remove(done),
    failed.size > 0 && source.giveBack(records.filter(isFailed)),
  ]);
  const refused = settled.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  for (const { reason } of refused) {
    log.error('messages-not-settled', { messageIds: records.map(({ messageId }) => messageId), error: reason });
  }
}

/** As in Lambda, an unknown message id in the response fails the whole batch [AWS Lambda, batch failures]. */
async function failuresOf(records: SQSRecord[], handler: QueueHandler): Promise<Set<string>> {
  const all = new Set(records.map(record => record.messageId));
  try {
    const answer = await handler({ Records: records });
    const failed = new Set((answer?.batchItemFailures ?? []).map(failure => failure.itemIdentifier));
    return [...failed].every(id => all.has(id)) ? failed : all;
  } catch (error) {
    log.error('batch-failed', { messageIds: [...all], error });
    return all;
  }
}
