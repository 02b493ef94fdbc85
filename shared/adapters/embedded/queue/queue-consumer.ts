import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { QueueRow } from '../../../protocol/service-table.ts';

export type QueueHandler = (event: SQSEvent) => Promise<SQSBatchResponse | undefined>;

export interface Consumer {
  /** Something may be visible now. */
  wake(): void;
  /** No new batch from here on; resolves when those at work are done and accounted for. */
  stop(): Promise<void>;
}

/** What a consumer needs of its queue. */
interface Source {
  receive(limit: number): Promise<SQSRecord[]>;
  remove(messageIds: string[]): Promise<void>;
  giveBack(records: SQSRecord[]): Promise<void>;
  /** milliseconds until the next message shows; undefined when there is none */
  nextVisibleIn(): number | undefined;
}

/** Timers count another time than the clock does when the machine sleeps or its clock is set, so look now and then. */
const longestSleepMilliseconds = 500;
/** A database that fails to give what is due is not asked again at once. */
const shortestSleepMilliseconds = 10;

/** Keeps up to `concurrency` batches at work; sleeps until a message is due or somebody wakes it. */
export function startConsumer(row: QueueRow, handler: QueueHandler, source: Source): Consumer {
  const atWork = new Set<Promise<void>>();
  let pulling: Promise<void> | undefined;
  let wasWoken = false;
  let isStopped = false;
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

  /** Takes what is visible, as long as there is both something to take and somebody free to work on it. */
  const pull = async () => {
    while (!isStopped && atWork.size < row.concurrency) {
      wasWoken = false;
      const free = row.concurrency - atWork.size;
      const records = await source.receive(free * row.batchSize).catch(() => []);
      if (records.length === 0) return;
      for (let from = 0; from < records.length; from += row.batchSize) {
        start(records.slice(from, from + row.batchSize));
      }
    }
    wasWoken = false;
  };

  const start = (records: SQSRecord[]) => {
    const work = workOff(records, handler, source).finally(() => {
      atWork.delete(work);
      wake();
    });
    atWork.add(work);
  };

  const sleep = () => {
    if (isStopped || atWork.size >= row.concurrency) return;
    const due = source.nextVisibleIn() ?? longestSleepMilliseconds;
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

/** What cannot be deleted or given back, because the database is away, comes back by its visibility timeout. */
async function workOff(records: SQSRecord[], handler: QueueHandler, source: Source): Promise<void> {
  const failed = await failuresOf(records, handler);
  const isFailed = (record: SQSRecord) => failed.has(record.messageId);
  const done = records.filter(record => !isFailed(record)).map(record => record.messageId);
  await Promise.allSettled([
    done.length > 0 && source.remove(done),
    failed.size > 0 && source.giveBack(records.filter(isFailed)),
  ]);
}

/** As Lambda reads the answer: an id that is none of the batch's fails the whole batch [AWS Lambda, batch failures]. */
async function failuresOf(records: SQSRecord[], handler: QueueHandler): Promise<Set<string>> {
  const all = new Set(records.map(record => record.messageId));
  try {
    const answer = await handler({ Records: records });
    const failed = new Set((answer?.batchItemFailures ?? []).map(failure => failure.itemIdentifier));
    return [...failed].every(id => all.has(id)) ? failed : all;
  } catch {
    return all;
  }
}
