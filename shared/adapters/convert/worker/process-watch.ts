import { totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';
import { log } from '../../../telemetry/log.ts';
import { processModelHere } from '../browser/browser-process.ts';

/** The worker processes of one company, without those that they started. */
export interface CompanyProcesses {
  workers: number[];
  /** They get only the time that the processes of others leave. */
  givesWay: boolean;
}

/** Of all processes of one company: the largest that a process may become, and the browser around it. */
const octetsOfCompany = 4 * 1024 ** 3;

/** At most half of what this machine, or its container, has. */
const octetsHere = () => Math.min(octetsOfCompany, totalmem() / 2, (process.constrainedMemory() || totalmem()) / 2);

/**
 * Keeps the processes of conversions within limits, with all that they started. The kernel limits the memory of each
 * process alone; of a company that holds too much, the largest process is killed, and with it the work that it does.
 * A thread does this, since reading of all processes takes milliseconds that no request should wait for.
 */
export class ProcessWatch {
  readonly #octetsAtMost: number;
  #thread: Worker | undefined;

  constructor(octetsAtMost = octetsHere()) {
    this.#octetsAtMost = octetsAtMost;
  }

  /** Looks at them once, soon. In Lambda the function is the limit of its only conversion. */
  inspect(companies: CompanyProcesses[]): void {
    if (processModelHere() === 'one-process') return;
    this.#thread ??= this.#start();
    this.#thread.postMessage(companies);
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
    this.#thread = undefined;
  }

  #start(): Worker {
    const thread = new Worker(new URL('./watch-thread.ts', import.meta.url), { workerData: this.#octetsAtMost });
    thread.unref();
    thread.on('error', error => {
      log.error('watch-thread-ended', { error });
      this.#thread = undefined;
    });
    return thread;
  }
}
