import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueRow } from '../shared/protocol/service-table.ts';

/*
 * What a port's suite needs of whoever puts an adapter through it. Suites never assume that they are alone in a store:
 * every test has a company of its own, so one store can serve a whole suite, or be there before it.
 */

export interface Harness {
  /** Time as the adapter sees it goes on by this much: an injected clock is moved, a real service is waited for. */
  advance(milliseconds: number): Promise<void>;
  /** Names of what is still there that should not be: documents, temporary files, unfinished uploads, messages. */
  leftBehind(): Promise<string[]>;
  close(): Promise<void>;
}

/** Polls until the check passes: for ports that promise "soon". Fails with the check's own failure. */
export async function eventually<T>(check: () => T | Promise<T>, patienceMilliseconds = 15_000): Promise<T> {
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await sleep(20);
    }
  }
}

/** How the queue `prepare` is set up for the suite of message queues. */
export const suiteRow: QueueRow = {
  function: 'prepare',
  batchSize: 5,
  concurrency: 2,
  visibilitySeconds: 3,
  maximumDeliveries: 3,
};
