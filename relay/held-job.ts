import type { Report, ReportedState, Ticket } from '../shared/protocol/relay-protocol.ts';
import { type DeviceStep, deviceJobName, type PrintOutcome } from './printers/output-device.ts';

/*
 * One attempt at a job, as this relay holds it:
 *
 *   fetching ──> spooled ──> granted ──> ended ──> (noted) forgotten
 *                               │
 *                               └─ with a device step once a printer may have received it
 *
 * What is journalled is enough to go on after a crash: the ticket without its address, the stage, the device's last
 * step, and the last report with its number, so that numbers never go back. A forgotten job that was ever granted
 * leaves its key behind: a repeated ticket and a repeated grant together must not print it again.
 */

export type Stage = 'fetching' | 'spooled' | 'granted' | 'ended';

export interface JobRecord {
  /** without its address, which is a credential and will have expired */
  ticket: Ticket;
  stage: Exclude<Stage, 'fetching'>;
  wasGranted: boolean;
  /** the number of the last ask; absent in records of release 0.1.0 */
  asked?: number;
  step?: DeviceStep;
  /** id of the journal in which it was asked; absent in records of release 0.1.0 */
  journalId?: string;
  /** its process ended in order, and did not use the last permission */
  isUnbegun?: boolean;
  /** the journal was a copy, and the printer has not been asked yet what the original made of the job */
  isFromCopy?: boolean;
  /** kept when a step is undone */
  copiesDone?: number;
  report?: Report;
}

/** How a job ended, for a cloud that was restored from a backup and asks again. Journals of 0.1.0 do not hold it. */
export type Ending = Pick<Report, 'sequence' | 'state' | 'reasons' | 'message' | 'at'>;

/** What the journal holds under the key of a job: the job, or that there was one. */
export type JournalEntry = JobRecord | { stage: 'forgotten'; end?: Ending };

export interface StatusUpdate {
  state: ReportedState;
  reasons: string[];
  message?: string;
  warnings?: string[];
}

export const keyOf = deviceJobName;

export class HeldJob {
  readonly key: string;
  ticket: Ticket;
  stage: Stage = 'fetching';
  wasGranted = false;
  /** the number of the last ask for permission to print */
  asked: number;
  /** an ask that was not answered yet: whether it was for later */
  openAsk: { waits: boolean } | undefined;
  /** whether it may begin, as the cloud knows: the last ask was not for later */
  isBegun = false;
  journalId: string | undefined;
  isUnbegun: boolean | undefined;
  isFromCopy: boolean | undefined;
  /**
   * The step that another process may have taken after its last entry in this journal, if the folder is a copy: the
   * printer is asked once more when there is permission.
   */
  inherited: DeviceStep | undefined;
  /** the document was not on disk at the start */
  isDocumentLost = false;
  #permittedUntil = 0;
  step: DeviceStep | undefined;
  copiesDone: number | undefined;
  report: Report | undefined;
  /** what is to become of the job, decided while it is busy; its signal is aborted then */
  fate: 'canceled' | 'dropped' | undefined;
  readonly #end = new AbortController();
  readonly #fetched = Promise.withResolvers<void>();
  /** news that can wait, and would be out of date as soon as there is other news */
  #heldBack: { send: () => void; timer: NodeJS.Timeout } | undefined;
  #wake: (() => void) | undefined;
  /** news that came while the job was not paused */
  #isNews = false;

  constructor(ticket: Ticket) {
    this.key = keyOf(ticket);
    this.ticket = ticket;
    this.asked = ticket.asked ?? 0;
  }

  static restore(record: JobRecord, journalId = record.journalId): HeldJob {
    const { ticket, ...rest } = record;
    const job = Object.assign(new HeldJob(ticket), rest);
    const isOther = job.journalId !== undefined && job.journalId !== journalId;
    if (isOther && !job.isUnbegun) job.isFromCopy = true;
    if (job.step?.step === 'submitting') job.inherited = job.step;
    else if (!job.step && job.asked > 0) job.inherited = { step: 'submitting', jobName: job.key };
    return job;
  }

  /** Lets the device begin within so many milliseconds. */
  permit(milliseconds: number): void {
    this.#permittedUntil = performance.now() + milliseconds;
    this.wake();
  }

  /** Takes back a permission that was not used yet. */
  withdrawPermission(): void {
    this.#permittedUntil = 0;
  }

  get isPermitted(): boolean {
    return performance.now() < this.#permittedUntil;
  }

  /** Resolves once the job is not being fetched any more, whatever became of it. */
  get fetched(): Promise<void> {
    return this.#fetched.promise;
  }

  leaveFetching(stage: Exclude<Stage, 'fetching'>): void {
    this.stage = stage;
    this.#fetched.resolve();
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  record(): JobRecord {
    const { stage, wasGranted, asked, journalId, isUnbegun, isFromCopy, step, copiesDone, report } = this;
    if (stage === 'fetching') throw new Error('a job is journalled once its document is here');
    const ticket = { ...this.ticket, url: '' };
    return { ticket, stage, wasGranted, asked, journalId, isUnbegun, isFromCopy, step, copiesDone, report };
  }

  get ending(): Ending | undefined {
    if (!this.report) return undefined;
    const { sequence, state, reasons, message, at } = this.report;
    return { sequence, state, reasons, message, at };
  }

  /** Decides the outcome of the job. Its signal aborts whatever is under way for it. */
  decide(fate: 'canceled' | 'dropped'): void {
    this.fate = fate;
    this.#end.abort();
    this.wake();
  }

  /** Resolves after a while, or when there is news of the job: at once if it came since the last time. */
  async pause(milliseconds: number): Promise<void> {
    if (!this.#isNews) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#isNews = false;
  }

  wake(): void {
    this.#isNews = true;
    this.#wake?.();
  }

  /** Of the last report about this attempt, in this journal or an earlier one. */
  get reportSequence(): number {
    return this.report?.sequence ?? this.ticket.reported ?? 0;
  }

  /** Whether the last report said something else. */
  isNews({ state, reasons, message }: StatusUpdate): boolean {
    const last = this.report;
    return last?.state !== state || last.message !== message || last.reasons.join() !== reasons.join();
  }

  /** Sends after a while, unless there is other news first. Held back again, it keeps its time. */
  holdBack(send: () => void, milliseconds: number): void {
    if (this.#heldBack) this.#heldBack.send = send;
    else this.#heldBack = { send, timer: setTimeout(() => this.#heldBack?.send(), milliseconds) };
  }

  dropHeldBack(): void {
    clearTimeout(this.#heldBack?.timer);
    this.#heldBack = undefined;
  }

  /**
   * The next report of the job, or undefined when the last one said the same. It goes out once it is journalled. What
   * was held back till now never had a number.
   */
  nextReport(news: StatusUpdate, at: number): Report | undefined {
    this.dropHeldBack();
    if (!this.isNews(news)) return undefined;
    const { state, reasons, message, warnings } = news;
    const { jobId, attempt } = this.ticket;
    const sequence = this.reportSequence + 1;
    this.report = { type: 'report', jobId, attempt, sequence, state, reasons, message, warnings, at };
    return this.report;
  }
}

/** All is well, and the job is on its way to its end: most are there before anybody could look. */
export function isRoutine({ state, reasons, message }: StatusUpdate): boolean {
  const isPlain = reasons.every(reason => reason === 'job-printing' || reason === 'queued-in-device');
  return state === 'processing' && isPlain && !message;
}

/** The report of an outcome. */
export function statusOf(outcome: PrintOutcome): StatusUpdate {
  switch (outcome.kind) {
    case 'completed':
      return {
        state: 'completed',
        reasons: ['job-completed-successfully'],
        message: outcome.message,
        warnings: outcome.warnings,
      };
    case 'canceled':
      return { state: 'canceled', reasons: ['job-canceled-by-user'], message: outcome.message };
    case 'aborted':
      return { state: 'aborted', reasons: outcome.reasons, message: outcome.message };
    case 'unconfirmed':
      return { state: 'processing-stopped', reasons: ['delivery-unconfirmed'], message: outcome.message };
    case 'retry':
      return { state: 'processing-stopped', reasons: outcome.reasons, message: outcome.message };
  }
}
