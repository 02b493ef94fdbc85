import { parseJobId } from '../shared/core/domain/ids.ts';
import type { Attempt, DownMessage, Ticket, UpMessage } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';
import type { Backoff } from './backoff.ts';
import { DeviceQueue, type Keeper } from './device-queue.ts';
import { HeldJob, isRoutine, type JournalEntry, keyOf, type Told } from './held-job.ts';
import type { Journal } from './journal.ts';
import { Outbox, type Repeated } from './outbox.ts';
import type { OutputDevice } from './printers/output-device.ts';
import type { DocumentSpool } from './spool.ts';

/*
 * The life of a job here, in the order in which it happens: its ticket comes (`#take`), its document is fetched and
 * acknowledged (`#fetch`), it is granted, its device prints it (`DeviceQueue`), it ends (`end`), its end is noted. What
 * always holds:
 *
 *  - nothing is acknowledged before its document is on disk, verified and journalled, each device's in their order;
 *  - nothing is printed that was not granted, and no attempt is printed twice;
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
const documentLost: Told = {
  state: 'aborted',
  reasons: ['document-access-error'],
  message: 'The document is gone from the disk of the relay.',
};

export interface RelayParts {
  devices: OutputDevice[];
  journal: Journal<JournalEntry>;
  makeSpool: (askForTickets: () => void) => DocumentSpool;
  /** Lost when there is no connection. */
  send: (message: UpMessage) => void;
  /** between tries at a printer */
  printBackoff: Backoff;
  /** between repeats of a message that waits for its answer */
  repeatBackoffs: Record<Repeated['type'], Backoff>;
  /** a job that ends within this time costs one report instead of two */
  holdBackMilliseconds: number;
  now: () => number;
}

export class Relay implements Keeper {
  readonly #parts: RelayParts;
  readonly #spool: DocumentSpool;
  readonly #outbox: Outbox;
  readonly #queues: Map<string, DeviceQueue>;
  /** by job id, the newest attempt */
  readonly #jobs = new Map<string, HeldJob>();
  readonly #forgotten = new Set<string>();
  /** what is done with an answer about a job that we hold in that very attempt */
  readonly #answers: Record<Exclude<DownMessage['type'], 'tickets'>, (job: HeldJob) => void> = {
    granted: job => this.#grant(job),
    refused: job => this.#refuse(job),
    cancel: job => this.#cancel(job),
    noted: job => this.#note(job),
  };
  /** others wait behind the last tickets that came */
  #isMoreWaiting = false;
  #isStopping = false;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#spool = parts.makeSpool(() => parts.send({ type: 'fetch' }));
    this.#outbox = new Outbox(parts.send, parts.repeatBackoffs);
    this.#queues = new Map(
      parts.devices.map(device => [device.deviceId, new DeviceQueue(device, this, parts.printBackoff)]),
    );
  }

  /** Goes on where the journal ends. */
  async start(): Promise<void> {
    const restored: HeldJob[] = [];
    for (const [key, entry] of this.#parts.journal.entries) {
      if (entry.stage === 'forgotten') this.#forgotten.add(key);
      else restored.push(HeldJob.restore(entry));
    }
    await this.#spool.open(key => restored.some(job => job.key === key && job.stage !== 'ended'));
    for (const job of restored.sort((a, b) => a.ticket.attempt - b.ticket.attempt)) await this.#restore(job);
    for (const queue of this.#queues.values()) queue.go();
  }

  /** A connection is there and we listen: asks what is ours and says again what was not answered. */
  connected(): void {
    this.#parts.send({ type: 'fetch' });
    this.#outbox.sendAll();
    for (const job of this.#jobs.values()) {
      if (job.report && job.stage !== 'ended') this.#parts.send(job.report);
    }
  }

  receive(message: DownMessage): void {
    if (message.type === 'tickets') {
      this.#takeAll(message.tickets, message.more);
      return;
    }
    this.#answer(message.type, message);
    const alsoNoted = 'noted' in message ? (message.noted ?? []) : [];
    for (const attempt of alsoNoted) this.#answer('noted', attempt);
  }

  #answer(type: Exclude<DownMessage['type'], 'tickets'>, { jobId, attempt }: Attempt): void {
    const job = this.#jobs.get(jobId);
    if (job?.ticket.attempt === attempt) this.#answers[type]?.(job);
  }

  /** A printer is well again, as far as it says. */
  deviceIsReady(deviceId: string): void {
    this.#queues.get(deviceId)?.wake();
  }

  /** Begins nothing new; resolves when what is at a printer has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const job of this.#jobs.values()) if (job.stage === 'fetching') job.doom('dropped');
    await Promise.all([...this.#queues.values()].map(queue => queue.stop()));
    for (const job of this.#jobs.values()) job.dropHeldBack();
    this.#outbox.stop();
  }

  async save(job: HeldJob): Promise<void> {
    await this.#parts.journal.put(job.key, job.record());
  }

  async tell(job: HeldJob, news: Told): Promise<void> {
    const isHeldBack = isRoutine(news) && job.isNews(news);
    if (!isHeldBack) return await this.#say(job, news);
    if (job.stage !== 'ended') job.holdBack(() => void this.#say(job, news), this.#parts.holdBackMilliseconds);
  }

  async #say(job: HeldJob, news: Told): Promise<void> {
    if (job.stage === 'ended') return;
    const report = job.tell(news, this.#parts.now());
    if (!report) return;
    await this.save(job);
    this.#parts.send(report);
  }

  async end(job: HeldJob, news: Told): Promise<void> {
    job.leaveFetching('ended');
    job.step = undefined;
    job.tell(news, this.#parts.now());
    await this.save(job);
    log('job-ended', { job: job.key, device: job.ticket.deviceId, state: news.state, reasons: news.reasons });
    this.#leave(job);
    this.#report(job);
    await this.#spool.remove(job.key);
  }

  async drop(job: HeldJob): Promise<void> {
    log('job-dropped', { job: job.key, stage: job.stage });
    job.leaveFetching('ended');
    job.dropHeldBack();
    if (this.#jobs.get(job.ticket.jobId) === job) this.#jobs.delete(job.ticket.jobId);
    this.#leave(job);
    if (job.wasGranted) this.#forget(job.key);
    else this.#parts.journal.putLater(job.key);
    await this.#spool.remove(job.key);
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
    if (!isHere) return await this.end(job, documentLost);
    queue.add(job);
    if (job.stage === 'spooled') this.#acknowledge(job);
  }

  #takeAll(tickets: Ticket[], more: boolean): void {
    this.#isMoreWaiting ||= more;
    const taken = tickets.filter(isSound).flatMap(ticket => this.#take(ticket) ?? []);
    // all have their place in the order before the first is fetched
    for (const job of taken) {
      this.#fetch(job).catch(error => {
        log('job-not-taken', { job: job.key, error });
        return this.drop(job);
      });
    }
  }

  /** A job of the ticket, unless it is known already. */
  #take(ticket: Ticket): HeldJob | undefined {
    if (this.#isStopping || this.#forgotten.has(keyOf(ticket))) return undefined;
    const held = this.#jobs.get(ticket.jobId);
    if (held && held.ticket.attempt > ticket.attempt) return undefined;
    if (held?.ticket.attempt === ticket.attempt) {
      held.ticket = { ...held.ticket, url: ticket.url };
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
    const failed = await this.#spool.fetch(job).catch(() => undefined);
    if (!job.fate) await this.#queueOf(job)?.turnOf(job);
    if (this.#isStopping) return;
    if (job.fate) return await this.#meetFate(job);
    if (failed) {
      return await this.end(job, { state: 'aborted', reasons: ['document-access-error'], message: failed.message });
    }
    job.leaveFetching('spooled');
    await Promise.all([this.#spool.sync(), this.save(job)]);
    // meanwhile an answer may have come to a question from before a crash
    if (job.stage === 'spooled' && !job.fate) this.#acknowledge(job);
  }

  #acknowledge({ key, ticket: { jobId, attempt } }: HeldJob): void {
    const reports = this.#outbox.toCarry();
    this.#outbox.put(key, { type: 'acknowledge', jobId, attempt, ...(reports.length > 0 ? { reports } : {}) });
  }

  #grant(job: HeldJob): void {
    // a grant for a document that is still on its way answers a question from before a crash; we shall ask again
    if (job.stage !== 'spooled' || job.fate) return;
    this.#outbox.remove(job.key);
    job.stage = 'granted';
    job.wasGranted = true;
    const queue = this.#queueOf(job);
    queue?.go();
    // one that is printed at once is journalled by its device's first step
    if (!queue?.isPrinting(job)) void this.save(job);
    this.#askForMore();
  }

  #refuse(job: HeldJob): void {
    const isOver = job.stage === 'ended' || this.#queueOf(job)?.isPrinting(job);
    if (isOver) return;
    this.#doomOrDrop(job, 'dropped');
  }

  #cancel(job: HeldJob): void {
    // the cloud has not heard of its end
    if (job.stage === 'ended') this.#outbox.sendAgain(job.key);
    else this.#doomOrDrop(job, 'canceled');
  }

  #note(job: HeldJob): void {
    if (job.stage !== 'ended') return;
    this.#outbox.remove(job.key);
    this.#jobs.delete(job.ticket.jobId);
    if (job.wasGranted) this.#forget(job.key);
    else this.#parts.journal.putLater(job.key);
  }

  #supersede(job: HeldJob): void {
    if (job.stage === 'ended') void this.drop(job);
    else this.#doomOrDrop(job, 'dropped');
  }

  /** Whoever is busy with the job hears of its fate and sees to it; a job that only waits meets it here. */
  #doomOrDrop(job: HeldJob, fate: 'canceled' | 'dropped'): void {
    const isBusy = job.stage === 'fetching' || this.#queueOf(job)?.isPrinting(job);
    job.doom(fate);
    if (!isBusy) void this.#meetFate(job);
  }

  async #meetFate(job: HeldJob): Promise<void> {
    if (job.fate === 'dropped') await this.drop(job);
    else await this.end(job, { state: 'canceled', reasons: ['job-canceled-by-user'] });
  }

  async #endWithoutDevice(job: HeldJob): Promise<void> {
    const message = `The relay has no output device ${job.ticket.deviceId}.`;
    const outcome: Told = job.step
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

  #forget(key: string): void {
    this.#forgotten.add(key);
    this.#parts.journal.putLater(key, { stage: 'forgotten' });
    const [oldest] = this.#forgotten;
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

/** Ids become names of files, and everything came over a network. */
function isSound(ticket: Ticket): boolean {
  const isSoundId = typeof ticket.jobId === 'string' && parseJobId(ticket.jobId) === ticket.jobId;
  const counts = [ticket.attempt, ticket.sequence, ticket.octets];
  const isSoundTicket = isSoundId && counts.every(count => Number.isSafeInteger(count) && count >= 0);
  if (!isSoundTicket) log('ticket-unreadable');
  return isSoundTicket;
}
