import { parseJobId } from '../shared/core/domain/ids.ts';
import type { Backoff } from '../shared/protocol/backoff.ts';
import type { Attempt, DownMessage, Ticket, UpMessage } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';
import { DeviceQueue, type JobOwner } from './device-queue.ts';
import { type Ending, HeldJob, isRoutine, type JournalEntry, keyOf, type StatusUpdate } from './held-job.ts';
import type { Journal } from './journal.ts';
import { Outbox, type Repeated } from './outbox.ts';
import type { OutputDevice } from './printers/output-device.ts';
import type { DocumentSpool, Wanted } from './spool.ts';

/*
 * The life of a job here, in the order in which it happens: its ticket comes (`#take`), its document is fetched and
 * acknowledged (`#fetch`), it is granted, its device prints it (`DeviceQueue`), it ends (`end`), its end is noted. What
 * always holds:
 *
 *  - nothing is acknowledged before its document is on disk, verified and journalled, each device's in their order;
 *  - nothing is printed without permission of the cloud to this very process, given within the last second: what the
 *    journal says of permissions may be from a copy of this folder;
 *  - no attempt is printed twice;
 *  - a report is journalled before it is sent;
 *  - acknowledgements are repeated until they are answered, final reports until they are noted, be it in the answer to
 *    an acknowledgement that they went along with.
 *
 * Messages may come twice, late, in any order or never, and the process may be killed at any line.
 */

/** How many forgotten keys are kept. Repeats come within minutes; this is a day's work of a busy relay. */
const forgottenAtMost = 20_000;
/** About half of what comes in one message. */
const openWhenAsking = 10;
/** Permission to begin; the cloud counts on less than `leaseMilliseconds` (`shared/domain/grant.ts`). */
const permissionMilliseconds = 1000;
/** Ended jobs that a person may look at. */
const endedShown = 50;
const spoolFull = 'spool-area-full';
const knownTicketsMilliseconds = 1000;
/** Jobs named in one `fetch`: the message stays well below 128 KiB. */
const heldAtMost = 500;

export interface RelayParts {
  devices: OutputDevice[];
  journal: Journal<JournalEntry>;
  makeSpool: (askForTicket: (wanted: Wanted) => void) => DocumentSpool;
  /** different at each start, for any copy of the folder */
  instance: string;
  /** why the journal does not know for sure what was held before */
  lost?: string;
  /** Lost when there is no connection. */
  send: (message: UpMessage) => void;
  /** A job has learnt that its device has stopped, or goes on. */
  deviceChanged: (deviceId: string) => void;
  /** between tries at a printer */
  printBackoff: Backoff;
  /** between repeats of a message that waits for its answer */
  repeatBackoffs: Record<Repeated['type'], Backoff>;
  /** a job that ends within this time costs one report instead of two */
  holdBackMilliseconds: number;
  /** a job whose turn is not near is acknowledged after this time, so that the cloud can count on its place */
  acknowledgeMilliseconds: number;
  now: () => number;
}

type AnswerType = Exclude<DownMessage['type'], 'tickets' | 'inquire' | 'identify'>;

export class Relay implements JobOwner {
  readonly #parts: RelayParts;
  readonly #spool: DocumentSpool;
  readonly #outbox: Outbox;
  readonly #queues: Map<string, DeviceQueue>;
  readonly #devices: Map<string, OutputDevice>;
  /** by job id, the newest attempt */
  readonly #jobs = new Map<string, HeldJob>();
  readonly #forgotten = new Map<string, Ending | undefined>();
  /** handlers of answers about a job that we hold in that very attempt */
  readonly #answers: Record<AnswerType, (job: HeldJob, ask?: number) => void> = {
    granted: (job, ask) => this.#grant(job, ask),
    refused: (job, ask) => this.#refuse(job, ask),
    cancel: (job, ask) => this.#cancel(job, ask),
    noted: job => this.#note(job),
  };
  /** others wait behind the last tickets that came */
  #isMoreWaiting = false;
  #isStopping = false;
  #isJournalStuck = false;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#spool = parts.makeSpool(({ ticket: { jobId, attempt } }) =>
      parts.send({ type: 'fetch', wants: [{ jobId, attempt }] }),
    );
    this.#outbox = new Outbox(parts.send, parts.repeatBackoffs);
    this.#devices = new Map(parts.devices.map(device => [device.deviceId, device]));
    this.#queues = new Map(
      parts.devices.map(device => [device.deviceId, new DeviceQueue(device, this, parts.printBackoff)]),
    );
  }

  /** Goes on where the journal ends. */
  async start(): Promise<void> {
    const restored: HeldJob[] = [];
    for (const [key, entry] of this.#parts.journal.entries) {
      if (entry.stage === 'forgotten') this.#forgotten.set(key, entry.end);
      // how far a device came with it may be what is missing
      else if (this.#parts.lost && entry.stage !== 'ended') this.#parts.journal.putLater(key);
      else restored.push(HeldJob.restore(entry, this.#parts.journal.id));
    }
    await this.#spool.open(key => restored.some(job => job.key === key && job.stage !== 'ended'));
    restored.sort((a, b) => a.ticket.attempt - b.ticket.attempt || a.ticket.sequence - b.ticket.sequence);
    for (const job of restored) await this.#restore(job);
    for (const queue of this.#queues.values()) queue.go();
  }

  /** Called when connected and subscribed: fetches tickets and repeats unanswered messages. */
  connected(): void {
    const { instance, lost } = this.#parts;
    const open = [...this.#jobs.values()].filter(({ stage }) => stage === 'spooled' || stage === 'granted');
    const holds = open.slice(0, heldAtMost).map(({ ticket: { jobId, attempt } }) => ({ jobId, attempt }));
    this.#parts.send({ type: 'fetch', instance, holds, lost });
    this.#outbox.sendAll();
    for (const job of this.#jobs.values()) {
      if (job.report && job.stage !== 'ended') this.#parts.send(job.report);
    }
  }

  /**
   * Called when the connection is lost: what was permitted over it and has not begun is asked for again. Otherwise a
   * relay that prints fast would print several jobs more, whose reports cannot come through.
   */
  disconnected(): void {
    for (const job of this.#jobs.values()) job.withdrawPermission();
  }

  receive(message: DownMessage): void {
    if (message.type === 'tickets') {
      this.#takeAll(message.tickets, message.more);
      return;
    }
    if (message.type === 'inquire') {
      for (const attempt of message.jobs) this.#reportOutcome(attempt);
      return;
    }
    if (message.type === 'identify') {
      void this.#identify(message.deviceId);
      return;
    }
    this.#answer(message.type, message, 'ask' in message ? message.ask : undefined);
    const alsoNoted = 'noted' in message ? (message.noted ?? []) : [];
    for (const attempt of alsoNoted) this.#answer('noted', attempt);
  }

  #answer(type: AnswerType, { jobId, attempt }: Attempt, ask?: number): void {
    const job = this.#jobs.get(jobId);
    if (job?.ticket.attempt === attempt) this.#answers[type]?.(job, ask);
    // a cancel of what is not held asks what became of it
    else if (type === 'cancel') this.#reportOutcome({ jobId, attempt });
  }

  /** Reports the outcome of an attempt from the journal. */
  #reportOutcome({ jobId, attempt }: Attempt): void {
    const job = this.#jobs.get(jobId);
    const key = keyOf({ jobId, attempt });
    const end = this.#forgotten.get(key);
    const { instance, lost } = this.#parts;
    if (job?.ticket.attempt === attempt) {
      if (job.stage === 'ended') this.#outbox.sendAgain(job.key);
      else if (job.report) this.#parts.send(job.report);
    } else if (end) this.#parts.send({ type: 'report', jobId, attempt, ...end });
    else
      this.#parts.send({
        type: 'unknown',
        jobId,
        attempt,
        instance,
        why: this.#forgotten.has(key) ? endUnknown : lost,
      });
  }

  /** Nothing is reported: the person who asked looks at the printer. */
  async #identify(deviceId: string): Promise<void> {
    try {
      await this.#devices.get(deviceId)?.identify?.();
    } catch (error) {
      log.warn('printer-not-identified', { device: deviceId, error });
    }
  }

  /** Prints on one more device from now on. */
  addDevice(device: OutputDevice): void {
    this.#devices.set(device.deviceId, device);
    this.#queues.set(device.deviceId, new DeviceQueue(device, this, this.#parts.printBackoff));
  }

  /** The jobs that are held, and how those ended that were forgotten last, the newest first. */
  jobs(): { held: HeldJob[]; ended: { key: string; end: Ending }[] } {
    const ended: { key: string; end: Ending }[] = [];
    for (const [key, end] of [...this.#forgotten].slice(-endedShown).reverse()) if (end) ended.push({ key, end });
    return { held: [...this.#jobs.values()], ended };
  }

  /** Called when a printer reports that it is ready again. */
  deviceIsReady(deviceId: string): void {
    this.#queues.get(deviceId)?.wake();
    // the cloud gives no permission while a printer is away
    for (const { key, openAsk, ticket } of this.#jobs.values())
      if (openAsk && ticket.deviceId === deviceId) this.#outbox.restart(key);
  }

  /** Starts no more jobs; resolves when the jobs at printers have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const job of this.#jobs.values()) if (job.stage === 'fetching') job.decide('dropped');
    const stopped = Promise.all([...this.#queues.values()].map(queue => queue.stop()));
    this.#noteUnbegun();
    await stopped;
    this.#noteUnbegun();
    for (const job of this.#jobs.values()) job.dropHeldBack();
    this.#outbox.stop();
  }

  /** Of jobs that cannot begin any more: a copy of this folder does not lack their first step. */
  #noteUnbegun(): void {
    for (const job of this.#jobs.values()) {
      const isAsked = (job.stage === 'spooled' || job.stage === 'granted') && job.asked > 0 && !job.isFromCopy;
      if (!isAsked || job.isUnbegun || job.step || this.#queueOf(job)?.isPrinting(job)) continue;
      job.isUnbegun = true;
      this.#parts.journal.putLater(job.key, job.record());
    }
  }

  async save(job: HeldJob): Promise<void> {
    await this.#parts.journal.put(job.key, job.record());
  }

  async report(job: HeldJob, news: StatusUpdate): Promise<void> {
    const isHeldBack = isRoutine(news) && job.isNews(news);
    if (!isHeldBack) return await this.#sendReport(job, news);
    if (job.stage !== 'ended') job.holdBack(() => void this.#sendReport(job, news), this.#parts.holdBackMilliseconds);
  }

  async #sendReport(job: HeldJob, news: StatusUpdate): Promise<void> {
    if (job.stage === 'ended') return;
    const before = job.report;
    const report = job.nextReport(news, this.#parts.now());
    if (!report) return;
    await this.save(job);
    this.#parts.send(report);
    this.#noteDevice(job, before);
  }

  async end(job: HeldJob, news: StatusUpdate): Promise<void> {
    job.leaveFetching('ended');
    job.step = undefined;
    const before = job.report;
    job.nextReport(news, this.#parts.now());
    await this.save(job);
    this.#noteDevice(job, before);
    log.info('job-ended', { job: job.key, device: job.ticket.deviceId, state: news.state, reasons: news.reasons });
    this.#leave(job);
    this.#report(job);
    await this.#spool.remove(job.key);
  }

  #noteDevice({ ticket, report }: HeldJob, before: StatusUpdate | undefined): void {
    if ([report, before].some(one => one?.state === 'processing-stopped')) this.#parts.deviceChanged(ticket.deviceId);
  }

  async drop(job: HeldJob): Promise<void> {
    log.warn('job-dropped', { job: job.key, stage: job.stage });
    job.leaveFetching('ended');
    job.dropHeldBack();
    if (this.#jobs.get(job.ticket.jobId) === job) this.#jobs.delete(job.ticket.jobId);
    this.#leave(job);
    if (job.wasGranted) this.#forget(job.key, undefined);
    else this.#parts.journal.putLater(job.key);
    await this.#spool.remove(job.key);
  }

  /** The disk does not keep what was not acknowledged: the cloud offers the job again. */
  async #dropUnkept(job: HeldJob, error: unknown): Promise<void> {
    log.error('job-not-taken', { job: job.key, error });
    await this.drop(job);
  }

  pathOf(job: HeldJob): string {
    return this.#spool.pathOf(job.key);
  }

  async #restore(job: HeldJob): Promise<void> {
    const older = this.#jobs.get(job.ticket.jobId);
    if (older) await this.drop(older);
    this.#jobs.set(job.ticket.jobId, job);
    if (job.stage === 'ended') return this.#report(job);
    const queue = this.#queueOf(job);
    if (!queue) return await this.#endWithoutDevice(job);
    const isHere = job.step !== undefined || (await this.#spool.has(job.key, job.ticket));
    if (job.stage === 'spooled' && !isHere) return await this.drop(job);
    job.isDocumentLost = !isHere;
    queue.add(job);
    if (job.stage === 'spooled') this.#askInTime(job);
  }

  #takeAll(tickets: Ticket[], more: boolean): void {
    this.#isMoreWaiting ||= more;
    const taken = tickets.filter(isSound).flatMap(ticket => this.#take(ticket) ?? []);
    // all are known: their answers are on the way, and what waits behind them must not depend on another ticket
    if (more && taken.length === 0) setTimeout(() => this.#askForMore(), knownTicketsMilliseconds).unref();
    // all have their place in the order before the first is fetched
    for (const job of taken) this.#fetch(job).catch(error => this.#dropUnkept(job, error));
  }

  /** A job of the ticket, unless it is known already. */
  #take(ticket: Ticket): HeldJob | undefined {
    if (this.#isStopping) return undefined;
    if (this.#forgotten.has(keyOf(ticket))) {
      this.#reportOutcome(ticket);
      return undefined;
    }
    const held = this.#jobs.get(ticket.jobId);
    if (held && held.ticket.attempt > ticket.attempt) return undefined;
    if (held?.ticket.attempt === ticket.attempt) {
      held.ticket = { ...held.ticket, url: ticket.url };
      // of a job that is acknowledged already the answer was lost, or the cloud's data is older than ours
      held.asked = Math.max(held.asked, ticket.asked ?? 0);
      held.wake();
      return undefined;
    }
    if (held) this.#supersede(held);
    const job = new HeldJob(ticket);
    this.#jobs.set(ticket.jobId, job);
    this.#queueOf(job)?.add(job);
    return job;
  }

  async #fetch(job: HeldJob): Promise<void> {
    if (!this.#queueOf(job)) return await this.#endWithoutDevice(job);
    const failed = await this.#spool.fetch(this.#wanted(job)).catch(() => undefined);
    if (!job.fate) await this.#queueOf(job)?.turnOf(job);
    if (this.#isStopping) return;
    if (job.fate) return await this.#applyOutcome(job);
    if (failed) {
      return await this.end(job, { state: 'aborted', reasons: ['document-access-error'], message: failed.message });
    }
    job.leaveFetching('spooled');
    await this.#askInTime(job);
  }

  #wanted(job: HeldJob): Wanted {
    const { key, signal } = job;
    return {
      key,
      signal,
      get ticket() {
        return job.ticket;
      },
      pause: milliseconds => job.pause(milliseconds),
      onDelay: ({ failure, message }) => {
        if (failure === 'spool-full') this.#delay(job, message);
      },
    };
  }

  /** Says why a job is not taken yet. It is not journalled and has no number: there may be no room for it. */
  #delay({ ticket: { jobId, attempt } }: HeldJob, message: string): void {
    const reasons = [spoolFull];
    const state = 'processing-stopped';
    this.#parts.send({ type: 'report', jobId, attempt, sequence: 0, state, reasons, message, at: this.#parts.now() });
  }

  /** The journal cannot be written: nothing more is printed until it can. */
  journalFailed(error: Error | undefined): void {
    this.#isJournalStuck = error !== undefined;
    if (!error) return;
    for (const job of this.#jobs.values()) {
      if (job.stage === 'fetching' || job.stage === 'spooled')
        this.#delay(job, `the relay cannot write its journal: ${error.message}`);
    }
  }

  /** Reasons for all printers of this relay [RFC 8011 5.4.12]. */
  get troubles(): string[] {
    return this.#isJournalStuck || this.#spool.isFull ? [spoolFull] : [];
  }

  /** Of a job whose turn is near at once, of another one after a while: often its turn has come by then. */
  async #askInTime(job: HeldJob): Promise<void> {
    if (this.#queueOf(job)?.isNear(job)) return await this.#ask(job, false);
    await this.save(job);
    setTimeout(() => {
      if (job.stage === 'spooled' && !job.openAsk && !job.fate) void this.#ask(job, true);
    }, this.#parts.acknowledgeMilliseconds).unref();
  }

  ask(job: HeldJob): void {
    if (job.openAsk?.waits !== false) void this.#ask(job, false);
  }

  giveBack(job: HeldJob): void {
    const isHeld = job.stage === 'spooled' || job.stage === 'granted';
    if (isHeld && job.isBegun && !job.step && !job.fate) void this.#ask(job, true);
  }

  /** The number is on disk before it is used: see `shared/domain/grant.ts`. */
  async #ask(job: HeldJob, waits: boolean): Promise<void> {
    job.openAsk = { waits };
    job.isBegun = !waits;
    if (waits) job.withdrawPermission();
    job.asked += 1;
    job.isUnbegun = undefined;
    job.journalId = this.#parts.journal.id;
    const ask = job.asked;
    try {
      await Promise.all([this.save(job), job.stage === 'spooled' ? this.#spool.sync() : undefined]);
    } catch (error) {
      return await this.#dropUnkept(job, error);
    }
    const isOpen = (job.stage === 'spooled' || job.stage === 'granted') && !job.fate && job.asked === ask;
    if (!isOpen || this.#isStopping) return;
    const { instance } = this.#parts;
    const { jobId, attempt } = job.ticket;
    const reports = this.#outbox.toCarry();
    const carried = reports.length > 0 ? { reports } : {};
    const isForgotten = job.isFromCopy && !this.#devices.get(job.ticket.deviceId)?.remembersJobs;
    this.#outbox.put(job.key, {
      type: 'acknowledge',
      jobId,
      attempt,
      instance,
      ask,
      waits,
      reportSequence: job.reportSequence,
      ...(isForgotten ? { mayBeCopy: true } : {}),
      ...carried,
    });
  }

  #grant(job: HeldJob, ask: number | undefined): void {
    // clouds of 0.1.0 do not say which ask they answer
    const isAnswer = job.openAsk !== undefined && (ask ?? job.asked) === job.asked;
    if ((job.stage !== 'spooled' && job.stage !== 'granted') || job.fate || !isAnswer) return;
    this.#outbox.remove(job.key);
    const isForLater = job.openAsk?.waits;
    job.openAsk = undefined;
    const isNew = job.stage === 'spooled';
    job.stage = 'granted';
    job.wasGranted = true;
    if (!isForLater) job.permit(permissionMilliseconds);
    this.#queueOf(job)?.go();
    // a crash that loses this costs one more ask; what is printed is journalled by its device's first step
    if (isNew) this.#parts.journal.putLater(job.key, job.record());
    this.#askForMore();
  }

  #refuse(job: HeldJob, ask: number | undefined): void {
    const isOver = job.stage === 'ended' || (this.#queueOf(job)?.isPrinting(job) && !job.openAsk);
    if (isOver || (ask ?? job.asked) !== job.asked) return;
    // a cloud that numbers its answers offers the job again only if nothing of it was printed
    if (ask !== undefined && !job.step) job.wasGranted = false;
    this.#decide(job, 'dropped');
  }

  #cancel(job: HeldJob, ask: number | undefined): void {
    // the cloud does not know its end yet
    if (job.stage === 'ended') this.#outbox.sendAgain(job.key);
    // another process may be printing it: the answer to an ask says that it cannot begin any more
    else if (job.inherited && ask !== job.asked) this.ask(job);
    else this.#decide(job, 'canceled');
  }

  #note(job: HeldJob): void {
    if (job.stage !== 'ended') return;
    this.#outbox.remove(job.key);
    this.#jobs.delete(job.ticket.jobId);
    if (job.wasGranted) this.#forget(job.key, job.ending);
    else this.#parts.journal.putLater(job.key);
  }

  #supersede(job: HeldJob): void {
    if (job.stage === 'ended') void this.drop(job);
    else this.#decide(job, 'dropped');
  }

  /**
   * What is under way for the job is aborted and applies the outcome; for a job that only waits it is applied here. Of one
   * that another process may have printed, its printer is asked first, when it is the job's turn.
   */
  #decide(job: HeldJob, fate: 'canceled' | 'dropped'): void {
    const queue = this.#queueOf(job);
    const isBusy = job.stage === 'fetching' || queue?.isPrinting(job);
    job.decide(fate);
    if (isBusy) return;
    if (fate === 'dropped' || !job.inherited) return void this.#applyOutcome(job);
    this.#outbox.remove(job.key);
    job.stage = 'granted';
    queue?.go();
  }

  async #applyOutcome(job: HeldJob): Promise<void> {
    if (job.fate === 'dropped') await this.drop(job);
    else await this.end(job, { state: 'canceled', reasons: ['job-canceled-by-user'] });
  }

  async #endWithoutDevice(job: HeldJob): Promise<void> {
    const message = `The relay has no output device ${job.ticket.deviceId}.`;
    const outcome: StatusUpdate = job.step
      ? { state: 'processing-stopped', reasons: ['delivery-unconfirmed'], message }
      : { state: 'aborted', reasons: ['aborted-by-system'], message };
    await this.end(job, outcome);
  }

  /** The final report, until it is noted. */
  #report(job: HeldJob): void {
    if (job.report) this.#outbox.put(job.key, job.report);
  }

  #leave(job: HeldJob): void {
    this.#outbox.remove(job.key);
    this.#queueOf(job)?.remove(job);
    this.#askForMore();
  }

  #forget(key: string, end: Ending | undefined): void {
    this.#forgotten.set(key, end);
    this.#parts.journal.putLater(key, { stage: 'forgotten', ...(end ? { end } : {}) });
    const [oldest] = this.#forgotten.keys();
    if (this.#forgotten.size <= forgottenAtMost || oldest === undefined) return;
    this.#forgotten.delete(oldest);
    this.#parts.journal.putLater(oldest);
  }

  /** The next tickets are asked for when most of those that came are through. */
  #askForMore(): void {
    if (!this.#isMoreWaiting) return;
    const jobs = [...this.#jobs.values()];
    const open = jobs.filter(({ stage }) => stage === 'fetching' || stage === 'spooled').length;
    if (open > openWhenAsking) return;
    this.#isMoreWaiting = false;
    this.#parts.send({ type: 'fetch' });
  }

  #queueOf(job: HeldJob): DeviceQueue | undefined {
    return this.#queues.get(job.ticket.deviceId);
  }
}

const endUnknown = 'The relay has finished the job and has no record of its outcome. It may have printed.';

/** Ids become names of files, and everything came over a network. */
function isSound(ticket: Ticket): boolean {
  const isSoundId = typeof ticket.jobId === 'string' && parseJobId(ticket.jobId) === ticket.jobId;
  const counts = [ticket.attempt, ticket.sequence, ticket.octets, ticket.reported ?? 0];
  const isSoundTicket = isSoundId && counts.every(count => Number.isSafeInteger(count) && count >= 0);
  if (!isSoundTicket) log.warn('ticket-unreadable');
  return isSoundTicket;
}
