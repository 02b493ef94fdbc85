import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueRow } from '../shared/protocol/service-table.ts';

/*
 * What a port's suite needs from the adapter under test. Suites never assume that a store is empty: every test uses its
 * own company, so a store can be shared.
 */

export interface Harness {
  /** Advances the adapter's clock: an injected clock is moved, a real service is waited for. */
  advance(milliseconds: number): Promise<void>;
  /** Names of leftovers: documents, temporary files, incomplete uploads, messages. */
  leftBehind(): Promise<string[]>;
  close(): Promise<void>;
}

/** Polls until the check passes, for ports that promise "soon". Fails with the check's last error. */
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

/** Settings of the queue `prepare` in the message queue suite. */
export const suiteRow: QueueRow = {
  function: 'prepare',
  batchSize: 5,
  concurrency: 2,
  visibilitySeconds: 3,
  maximumDeliveries: 3,
};
