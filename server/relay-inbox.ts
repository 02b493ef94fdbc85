import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { BrokerEvent } from '../shared/adapters/embedded/mqtt/relay-sessions.ts';
import { FairSemaphore } from '../shared/protocol/semaphore.ts';
import { queues } from '../shared/protocol/service-table.ts';
import { log } from '../shared/telemetry/log.ts';

/*
 * Relays' messages on their way to their function. In AWS they pass a queue. Here they are handled at once: a relay
 * sends again, when it connects, whatever was not answered, so a message that ends with the process is not lost. Three
 * transactions for each message are saved. One whose handling fails goes to the queue, which tries again.
 */

const { batchSize, concurrency } = queues['relay-events'];
const atOnce = batchSize * concurrency;
/** One relay leaves room for the others. */
const atOncePerRelay = atOnce / 2;

export interface RelayInboxParts {
  /** the function `relay-events` */
  handle: (event: { Records: Pick<SQSRecord, 'messageId' | 'body'>[] }) => Promise<unknown>;
  /** Durable on return. */
  enqueue: (body: string) => Promise<void>;
}

export interface RelayInbox {
  /** Returns once the message has a place: until then, no more of its relay should be read. */
  receive(event: BrokerEvent): Promise<void>;
  /** Resolves when nothing is being handled. */
  idle(): Promise<void>;
}

export function makeRelayInbox({ handle, enqueue }: RelayInboxParts): RelayInbox {
  const places = new FairSemaphore(atOnce, atOncePerRelay);
  const underWay = new Set<Promise<void>>();
  let count = 0;

  async function attempt(body: string): Promise<void> {
    const messageId = `relay ${++count}`;
    const answer = await handle({ Records: [{ messageId, body }] }).catch(error => {
      log.error('relay-message-failed', { error });
      return failed;
    });
    if (((answer as SQSBatchResponse)?.batchItemFailures ?? []).length > 0) await enqueue(body);
  }

  return {
    async receive(event) {
      const place = await places.take(undefined, event.relayId);
      const work = attempt(JSON.stringify(event))
        .catch(error => log.error('relay-message-lost', { relayId: event.relayId, error }))
        .finally(() => {
          underWay.delete(work);
          place.end();
        });
      underWay.add(work);
    },

    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

const failed: SQSBatchResponse = { batchItemFailures: [{ itemIdentifier: '' }] };
