import type { SQSBatchResponse } from 'aws-lambda';
import type { Embedded } from '../shared/adapters/embedded/open-embedded.ts';
import { type QueueName, type QueueRow, queues, sweepEverySeconds } from '../shared/protocol/service-table.ts';
import { log } from '../shared/telemetry/log.ts';
import { callFunction } from './functions.ts';

const discardEveryMilliseconds = 60 * 60_000;

/** Gives each queue's messages to its function, sweeps and discards by the clock, until stopped. */
export function startWorkers({ queue, deleteExpired }: Embedded): { stop(): Promise<void> } {
  const consumers = (Object.entries(queues) as [QueueName, QueueRow][]).map(([name, row]) =>
    queue.consume(name, row, async event => (await callFunction(row.function, event)) as SQSBatchResponse),
  );
  let sweeping: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    sweeping = callFunction('sweep', {}).catch(error => log.error('sweep-failed', { error }));
  }, sweepEverySeconds * 1000);
  let discarding: Promise<unknown> = Promise.resolve();
  const discard = () => {
    discarding = deleteExpired().catch(error => log.error('discard-failed', { error }));
  };
  discard();
  const discardTimer = setInterval(discard, discardEveryMilliseconds);

  return {
    async stop() {
      clearInterval(timer);
      clearInterval(discardTimer);
      await Promise.all([sweeping, discarding, ...consumers.map(consumer => consumer.stop())]);
    },
  };
}
