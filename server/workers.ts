import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { Embedded } from '../shared/adapters/embedded/open-embedded.ts';
import type { EventMessage } from '../shared/core/ports/index.ts';
import { announceDue } from '../shared/core/usecases/events/record-changes.ts';
import { type QueueName, type QueueRow, queues, sweepEverySeconds } from '../shared/protocol/service-table.ts';
import { log } from '../shared/telemetry/log.ts';
import { startDeliveries } from './deliveries.ts';
import { callFunction } from './functions.ts';

/** A message as the queue of the function would have it; what is due stays in the database until it is delivered. */
const recordOf = (message: EventMessage): Pick<SQSRecord, 'messageId' | 'body'> => ({
  messageId: `${message.webhookId} ${message.sequence}`,
  body: JSON.stringify(message),
});

/** Device states and presence that were held back are announced within this time. */
const announceEveryMilliseconds = 1000;
/** Relays are back by then, and are asked about what became due while the server was stopped. */
const firstSweepMilliseconds = 10_000;
const discardEveryMilliseconds = 60 * 60_000;

/** Gives each queue's messages to its function, sweeps and discards by the clock, until stopped. */
export function startWorkers(embedded: Embedded): { stop(): Promise<void> } {
  const { queue, deleteExpired } = embedded;
  const deliveries = startDeliveries(embedded, message => callFunction('notify', { Records: [recordOf(message)] }));
  const consumers = (Object.entries(queues) as [QueueName, QueueRow][]).map(([name, row]) =>
    queue.consume(name, row, async event => (await callFunction(row.function, event)) as SQSBatchResponse),
  );
  let sweeping: Promise<unknown> = Promise.resolve();
  const sweep = () => {
    sweeping = callFunction('sweep', {}).catch(error => log.error('sweep-failed', { error }));
  };
  const firstTimer = setTimeout(sweep, firstSweepMilliseconds);
  const timer = setInterval(sweep, sweepEverySeconds * 1000);
  let announcing: Promise<unknown> = Promise.resolve();
  const announceTimer = setInterval(() => {
    announcing = announceDue(embedded).catch(error => log.error('announce-failed', { error }));
  }, announceEveryMilliseconds);
  let discarding: Promise<unknown> = Promise.resolve();
  const discard = () => {
    discarding = deleteExpired().catch(error => log.error('discard-failed', { error }));
  };
  discard();
  const discardTimer = setInterval(discard, discardEveryMilliseconds);

  return {
    async stop() {
      clearTimeout(firstTimer);
      clearInterval(timer);
      clearInterval(discardTimer);
      clearInterval(announceTimer);
      await Promise.all([
        deliveries.stop(),
        sweeping,
        announcing,
        discarding,
        ...consumers.map(consumer => consumer.stop()),
      ]);
    },
  };
}
