import type { SQSBatchResponse } from 'aws-lambda';
import type { EmbeddedQueue } from '../shared/embedded/queue.ts';
import { log } from '../shared/log.ts';
import { type QueueName, type QueueRow, queues, sweepEverySeconds } from '../shared/service-table.ts';
import { callFunction } from './functions.ts';

/** Gives each queue's messages to its function and runs the sweep by the clock, until stopped. */
export function startWorkers(queue: EmbeddedQueue): { stop(): Promise<void> } {
  const consumers = (Object.entries(queues) as [QueueName, QueueRow][]).map(([name, row]) =>
    queue.consume(name, row, async event => (await callFunction(row.function, event)) as SQSBatchResponse),
  );
  let sweeping: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    sweeping = callFunction('sweep', {}).catch(error => log('sweep-failed', { error }));
  }, sweepEverySeconds * 1000);

  return {
    async stop() {
      clearInterval(timer);
      await Promise.all([sweeping, ...consumers.map(consumer => consumer.stop())]);
    },
  };
}
