import { log } from '../shared/telemetry/log.ts';
import type { Backoff } from './backoff.ts';
import { type HeldJob, type Told, told } from './held-job.ts';
import type { DeviceStep, OutputDevice, PrintOutcome, Progress } from './printers/output-device.ts';

/** What a device queue asks of the relay. */
export interface Keeper {
  /** Journals the job as it is now; durable when answered. */
  save(job: HeldJob): Promise<void>;
  /** Journals and sends a report, unless the last one said the same. That a job prints is told if it still does in a while. */
  tell(job: HeldJob, news: Told): Promise<void>;
  /** The job is over: journals, reports, and lets go of the document. */
  end(job: HeldJob, news: Told): Promise<void>;
  /** The job is not ours any more. */
  drop(job: HeldJob): Promise<void>;
  pathOf(job: HeldJob): string;
}

/**
 * Prints the jobs of one output device one after another in the printer's order of acceptance. A job at the front that
 * is not granted yet holds back those behind it; one that a printer may have heard of before a crash goes first of all.
 */
export class DeviceQueue {
  readonly device: OutputDevice;
  readonly #keeper: Keeper;
  readonly #backoff: Backoff;
  readonly #jobs = new Set<HeldJob>();
  #current: HeldJob | undefined;
  #isStopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(device: OutputDevice, keeper: Keeper, backoff: Backoff) {
    this.device = device;
    this.#keeper = keeper;
    this.#backoff = backoff;
  }

  add(job: HeldJob): void {
    this.#jobs.add(job);
  }

  remove(job: HeldJob): void {
    this.#jobs.delete(job);
    this.go();
  }

  /**
   * Resolves when no earlier job is being fetched any more. Jobs are journalled in their order, so that those that a
   * crash leaves behind are the first ones, and none of them prints before one that has to be fetched again.
   */
  async turnOf(job: HeldJob): Promise<void> {
    const isEarlier = (other: HeldJob) => other.ticket.sequence < job.ticket.sequence;
    const earlier = [...this.#jobs].filter(other => other.stage === 'fetching' && isEarlier(other));
    await Promise.all(earlier.map(other => other.fetched));
  }

  /** Whether the job is in the hands of the printer, or on its way there. */
  isPrinting(job: HeldJob): boolean {
    return this.#current === job;
  }

  /** Something changed: begins to print if it can. */
  go(): void {
    if (this.#current || this.#isStopping) return;
    const next = this.#next();
    if (!next) return;
    this.#current = next;
    this.#running = this.#finish(next).finally(() => {
      this.#current = undefined;
      this.go();
    });
  }

  /** The printer may be ready again: no need to wait any longer. */
  wake(): void {
    this.#current?.wake();
  }

  /** Begins nothing new; resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.wake();
    await this.#running;
  }

  #next(): HeldJob | undefined {
    const [first] = [...this.#jobs].sort(
      (a, b) => Number(b.step !== undefined) - Number(a.step !== undefined) || a.ticket.sequence - b.ticket.sequence,
    );
    return first?.stage === 'granted' ? first : undefined;
  }

  async #finish(job: HeldJob): Promise<void> {
    for (let tries = 0; ; tries++) {
      const outcome = await this.#try(job);
      if (outcome.kind !== 'retry' || isMoot(job)) return await this.#settle(job, outcome);
      await this.#keeper.tell(job, told(outcome));
      if (!this.#isStopping) await job.pause(this.#backoff(tries));
      if (this.#isStopping) return;
    }
  }

  async #settle(job: HeldJob, outcome: PrintOutcome): Promise<void> {
    this.#jobs.delete(job);
    if (job.fate === 'dropped') return await this.#keeper.drop(job);
    await this.#keeper.end(job, told(outcome.kind === 'retry' ? { kind: 'canceled' } : outcome));
  }

  /** One go at the printer. A job that it may have heard of is never sent again before the printer was asked. */
  async #try(job: HeldJob): Promise<PrintOutcome> {
    try {
      if (job.step) {
        const found = await this.#recover(job, job.step);
        if (found.kind !== 'not-sent') return found;
        await this.#setStep(job, undefined);
      }
      if (job.fate) return { kind: 'canceled' };
      const outcome = await this.#print(job);
      if (outcome.kind === 'retry' && job.step) await this.#setStep(job, undefined);
      return outcome;
    } catch (error) {
      log('output-device-defect', { job: job.key, device: this.device.deviceId, error });
      const message = `The relay failed at the printer: ${(error as Error).message}`;
      return job.step ? { kind: 'unconfirmed', message } : { kind: 'aborted', reasons: ['aborted-by-system'], message };
    }
  }

  async #recover(job: HeldJob, step: DeviceStep): Promise<PrintOutcome | { kind: 'not-sent' }> {
    log('print-recovered', { job: job.key, device: this.device.deviceId, step: step.step });
    const progress = this.#progressOf(job);
    return await this.device.recover({ ticket: job.ticket, step, progress, signal: job.signal });
  }

  async #print(job: HeldJob): Promise<PrintOutcome> {
    return await this.device.print({
      ticket: job.ticket,
      path: this.#keeper.pathOf(job),
      step: step => this.#setStep(job, step),
      progress: this.#progressOf(job),
      signal: job.signal,
    });
  }

  #progressOf(job: HeldJob) {
    // not waited for: the printer does not stand still while we talk
    return (progress: Progress) => void this.#keeper.tell(job, progress);
  }

  async #setStep(job: HeldJob, step: DeviceStep | undefined): Promise<void> {
    job.step = step;
    await this.#keeper.save(job);
  }
}

/** Nothing would come of another try. A canceled job that a printer may have is not over before the printer says so. */
function isMoot(job: HeldJob): boolean {
  return job.fate === 'dropped' || (job.fate === 'canceled' && job.step === undefined);
}
