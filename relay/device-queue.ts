import type { Backoff } from '../shared/protocol/backoff.ts';
import { log } from '../shared/telemetry/log.ts';
import { type HeldJob, type StatusUpdate, statusOf } from './held-job.ts';
import type { DeviceStep, NotSent, OutputDevice, PrintOutcome, Progress } from './printers/output-device.ts';

/** The services of the relay that a device queue needs. */
export interface JobOwner {
  /** Journals the job as it is now; durable when answered. */
  save(job: HeldJob): Promise<void>;
  /** Journals and sends a report, unless it equals the last one. Routine reports are delayed, as most are out of date soon. */
  report(job: HeldJob, news: StatusUpdate): Promise<void>;
  /** Ends the job: journals, reports, and deletes the document. */
  end(job: HeldJob, news: StatusUpdate): Promise<void>;
  /** Drops a job that this relay does not hold any more. */
  drop(job: HeldJob): Promise<void>;
  pathOf(job: HeldJob): string;
  /** Asks the cloud for permission to print, unless such an ask is open. The answer wakes the job. */
  ask(job: HeldJob): void;
  /** Gives permission back that was asked for: nothing was sent, and it will be asked for again. */
  giveBack(job: HeldJob): void;
}

/** Asks are repeated by the outbox; this only bounds one wait. */
const askMilliseconds = 60_000;
/** A connected printer may refuse other clients: permission that does not come is awaited without a connection. */
const connectedMilliseconds = 5000;
/** Jobs that are followed while others are printed; the next one holds up the rest again. */
const asideAtMost = 20;
/** Permission is asked for ahead, so that a printer does not wait for the answer between two short jobs. */
const nearAtMost = 3;
/** Of a printer that takes longer for a job, permission would have ended when the turn comes. */
const shortMilliseconds = 300;

/**
 * Prints the jobs of one output device one after another in the printer's order of acceptance. A job at the front that
 * is not granted yet holds back those behind it; one that a printer may have received before a crash goes first.
 * A job that its printer has and holds is set aside: it is followed to its end while others are printed.
 */
export class DeviceQueue {
  readonly device: OutputDevice;
  readonly #owner: JobOwner;
  readonly #backoff: Backoff;
  readonly #jobs = new Set<HeldJob>();
  #current: HeldJob | undefined;
  /** jobs that the printer has and holds, while others are printed */
  readonly #aside = new Set<HeldJob>();
  /** what is being done for jobs that were begun, their ends included */
  readonly #underWay = new Set<Promise<void>>();
  /** how many jobs at the front are asked for */
  #near = nearAtMost;
  #isStopping = false;

  constructor(device: OutputDevice, owner: JobOwner, backoff: Backoff) {
    this.device = device;
    this.#owner = owner;
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
    return this.#current === job || this.#aside.has(job);
  }

  /** Whether the job's turn is so near that it should be asked for. */
  isNear(job: HeldJob): boolean {
    return this.#inOrder().indexOf(job) < this.#near;
  }

  /** Called after a change: starts to print if possible. */
  go(): void {
    if (this.#isStopping) return;
    const order = this.#inOrder();
    for (const job of order.slice(0, this.#near)) if (job.stage === 'spooled') this.#owner.ask(job);
    if (this.#current) return;
    const [next] = order;
    if (next?.stage !== 'granted') return;
    this.#current = next;
    const running = this.#finish(next).finally(() => {
      this.#underWay.delete(running);
      this.#release(next);
    });
    this.#underWay.add(running);
  }

  /** The printer is free of the job. */
  #release(job: HeldJob): void {
    this.#aside.delete(job);
    if (this.#current === job) this.#current = undefined;
    this.go();
  }

  #setAside(job: HeldJob): void {
    if (this.#current !== job || this.#aside.size >= asideAtMost) return;
    log.info('job-set-aside', { job: job.key, device: this.device.deviceId });
    this.#aside.add(job);
    this.#jobs.delete(job);
    this.#current = undefined;
    this.go();
  }

  /** Ends the wait for the printer, which may be ready again. */
  wake(): void {
    this.#current?.wake();
  }

  /** Starts no more jobs; resolves when the running ones have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.wake();
    await Promise.all(this.#underWay);
  }

  /** Jobs that a printer may have received before a crash come first. */
  #inOrder(): HeldJob[] {
    return [...this.#jobs].sort(
      (a, b) => Number(b.step !== undefined) - Number(a.step !== undefined) || a.ticket.sequence - b.ticket.sequence,
    );
  }

  async #finish(job: HeldJob): Promise<void> {
    for (let tries = 0, asksFirst = true; ; tries++) {
      const from = performance.now();
      const outcome = await this.#try(job, asksFirst);
      const isShort = outcome.kind !== 'retry' && performance.now() - from < shortMilliseconds;
      this.#near = isShort ? nearAtMost : 1;
      if (outcome.kind !== 'retry' || isMoot(job)) return await this.#settle(job, outcome);
      asksFirst = outcome === notPermitted && !this.#isStopping;
      if (asksFirst) continue;
      if (!job.step) for (const near of this.#inOrder().slice(0, nearAtMost)) this.#owner.giveBack(near);
      if (this.#isStopping && job.step === undefined) return;
      await this.#owner.report(job, statusOf(outcome));
      // its turn comes again, by its place in the order
      if (this.#aside.has(job)) {
        this.#jobs.add(job);
        return;
      }
      if (!this.#isStopping) await job.pause(this.#backoff(tries));
      if (this.#isStopping) return;
    }
  }

  /** The next job begins while the end of this one goes to disk, which is before any step of the next. */
  async #settle(job: HeldJob, outcome: PrintOutcome): Promise<void> {
    this.#jobs.delete(job);
    const ended =
      job.fate === 'dropped'
        ? this.#owner.drop(job)
        : this.#owner.end(job, statusOf(outcome.kind === 'retry' ? { kind: 'canceled' } : outcome));
    this.#release(job);
    await ended;
  }

  /**
   * One attempt at the printer. A job that it may have received is sent again only after the printer was asked. One that
   * the printer did not take is permitted again only once the printer is reached: then it does not ask first.
   */
  async #try(job: HeldJob, asksFirst: boolean): Promise<PrintOutcome> {
    try {
      if (job.step) {
        const found = await this.#recover(job, job.step);
        if (found.kind !== 'not-sent') return found;
        job.copiesDone = found.copiesDone ?? job.copiesDone;
        await this.#setStep(job, undefined);
      }
      let isPermitted = (!asksFirst && !job.inherited) || (await this.#awaitPermission(job));
      if (job.inherited && (job.fate ? job.fate === 'canceled' : isPermitted)) {
        const found = await this.#findInherited(job, job.inherited);
        if (found) return found;
        job.inherited = undefined;
        job.isFromCopy = undefined;
        isPermitted = await this.#awaitPermission(job);
      }
      if (job.fate) return { kind: 'canceled' };
      if (!isPermitted) return notPermitted;
      if (job.isDocumentLost) return documentLost;
      const outcome = await this.#print(job);
      if (outcome.kind === 'retry' && job.step) await this.#setStep(job, undefined);
      return outcome;
    } catch (error) {
      if (error instanceof PermissionLost) {
        // nothing was sent yet
        if (job.step) await this.#setStep(job, undefined);
        return job.fate ? { kind: 'canceled' } : notPermitted;
      }
      log.error('output-device-defect', { job: job.key, device: this.device.deviceId, error });
      const message = `The relay failed at the printer: ${(error as Error).message}`;
      return job.step ? { kind: 'unconfirmed', message } : { kind: 'aborted', reasons: ['aborted-by-system'], message };
    }
  }

  /** Of a job that was canceled, or printed by another copy of this relay, the cloud gives no permission. */
  async #awaitPermission(job: HeldJob, milliseconds = Number.POSITIVE_INFINITY): Promise<boolean> {
    const until = performance.now() + milliseconds;
    while (!job.isPermitted && !job.fate && !this.#isStopping && performance.now() < until) {
      this.#owner.ask(job);
      await job.pause(Math.min(askMilliseconds, until - performance.now()));
    }
    return job.isPermitted;
  }

  /**
   * What another process made of the job. From the permission on only this one has it, so the other has begun by now or
   * never will. Undefined if the printer knows nothing of it, or cannot be asked: the journal says that nothing was sent,
   * unless it is certainly a copy.
   */
  async #findInherited(job: HeldJob, step: DeviceStep): Promise<PrintOutcome | undefined> {
    const found = await this.#recover(job, step);
    if (found.kind === 'not-sent') return undefined;
    if (found.kind === 'retry' && found.reasons.includes('offline')) return found;
    if (found.kind === 'retry') return job.isFromCopy ? unknownToCopy : undefined;
    // of a document that is sent once for each copy, the step would tell how many have come out
    const isPart = step.copies === undefined && (job.ticket.template.copies ?? 1) > 1;
    return found.kind === 'completed' && isPart ? copiesUnknown : found;
  }

  async #recover(job: HeldJob, step: DeviceStep): Promise<PrintOutcome | NotSent> {
    log.info('print-recovered', { job: job.key, device: this.device.deviceId, step: step.step });
    const progress = this.#progressOf(job);
    const letOthersPass = () => this.#setAside(job);
    return await this.device.recover({ ticket: job.ticket, step, progress, letOthersPass, signal: job.signal });
  }

  async #print(job: HeldJob): Promise<PrintOutcome> {
    let hasBegun = false;
    const permitted = async () => {
      if (!hasBegun && !(await this.#awaitPermission(job, connectedMilliseconds))) throw new PermissionLost();
    };
    // to come near to the printer, and to write the step, may take longer than the permission lasts
    const step = async (next: DeviceStep) => {
      await permitted();
      await this.#setStep(job, next);
      await permitted();
      hasBegun = true;
    };
    return await this.device.print({
      ticket: job.ticket,
      path: this.#owner.pathOf(job),
      copiesDone: job.copiesDone,
      step,
      progress: this.#progressOf(job),
      letOthersPass: () => this.#setAside(job),
      signal: job.signal,
    });
  }

  #progressOf(job: HeldJob) {
    // not awaited: the printer continues meanwhile
    return (progress: Progress) => void this.#owner.report(job, progress);
  }

  async #setStep(job: HeldJob, step: DeviceStep | undefined): Promise<void> {
    job.step = step;
    job.copiesDone = step?.copiesDone ?? job.copiesDone;
    await this.#owner.save(job);
  }
}

const unknownToCopy: PrintOutcome = {
  kind: 'unconfirmed',
  message: "The relay's folder is a copy, and the printer does not tell whether the original has printed the job.",
};

const copiesUnknown: PrintOutcome = {
  kind: 'unconfirmed',
  message: "Another process on a copy of the relay's folder has printed the job, and it is unknown how many copies.",
};

class PermissionLost extends Error {}

const notPermitted: PrintOutcome = { kind: 'retry', reasons: [], message: 'no permission to print' };

const documentLost: PrintOutcome = {
  kind: 'aborted',
  reasons: ['document-access-error'],
  message: "The document is missing from the relay's disk.",
};

/** Whether a retry is useless. A canceled job that the printer may have stays open until the printer answers. */
function isMoot(job: HeldJob): boolean {
  return job.fate === 'dropped' || (job.fate === 'canceled' && job.step === undefined && !job.inherited);
}
