import { type JournalEntry, keyOf } from '../../../relay/held-job.ts';
import type { Journal } from '../../../relay/journal.ts';
import type { OutputDevice, PrintOutcome } from '../../../relay/printers/output-device.ts';
import { Relay } from '../../../relay/relay.ts';
import type { DownMessage, Report, Ticket, UpMessage } from '../../../shared/protocol/relay-protocol.ts';
import { addressOf, isLast, MemoryJournal, MemorySpool } from './relay-fixture.ts';

/*
 * A cloud, a network that loses, repeats and reorders, a printer, and one relay after another, each killed at some write
 * of its journal: before it reached the disk, or after. All choices come from one seed.
 */

/** What the cloud knows of one job. */
interface CloudJob {
  ticket: Ticket;
  standing: 'fetchable' | 'at-relay' | 'over';
  isCancelRequested: boolean;
  grants: number;
  last?: Report;
}

export interface Chances {
  lost: number;
  repeated: number;
  killed: number;
  busy: number;
  canceled: number;
}

const stopped = new Promise<never>(() => {});

export class FaultyWorld {
  readonly jobs: CloudJob[];
  /** keys of jobs as they came out, by device */
  readonly paper = new Map<string, string[]>();
  /** violated guarantees */
  readonly broken: string[] = [];
  kills = 0;
  /** final reports that went along with acknowledgements */
  noted = 0;
  readonly #random: () => number;
  readonly #chances: Chances;
  readonly #journal = new MemoryJournal();
  readonly #spool = new MemorySpool();
  /** entries that the relay's journal writes to disk with its next write */
  #later: (() => void)[] = [];
  #generation = 0;
  #relay: Relay | undefined;

  constructor(tickets: Ticket[], chances: Chances, random: () => number) {
    this.jobs = tickets.map(ticket => ({
      ticket,
      standing: 'fetchable',
      isCancelRequested: false,
      grants: 0,
    }));
    this.#chances = { ...chances };
    this.#random = random;
  }

  /**
   * Lets it run until nothing is open here and there is nothing left to say there, with the network and the machine
   * well again after a while.
   */
  async run(): Promise<void> {
    await this.#boot();
    for (let turn = 0; this.#isGoingOn(); turn++) {
      if (turn === 60) Object.assign(this.#chances, { lost: 0, killed: 0, busy: 0 });
      if (this.#chance(0.2)) this.#relay?.connected();
      if (this.#chance(0.2)) this.#offer();
      for (const job of this.jobs) if (this.#chance(this.#chances.canceled)) this.#requestCancel(job);
      await new Promise(resolve => setTimeout(resolve, 1));
    }
    await this.#relay?.stop();
  }

  #isGoingOn(): boolean {
    const isOpen = this.jobs.some(({ standing }) => standing !== 'over');
    if (isOpen) return true;
    // nothing else will be written that these could go to disk with
    for (const each of this.#later.splice(0)) each();
    return [...this.#journal.entries.values()].some(({ stage }) => stage !== 'forgotten');
  }

  /** A new process on the files of the last one, whose remaining activity is ignored. */
  async #boot(): Promise<void> {
    const generation = ++this.#generation;
    const isAlive = () => this.#generation === generation;
    const journal = this.#mortal(isAlive);
    const relay = new Relay({
      devices: ['office', 'stores'].map(deviceId => this.#device(deviceId, isAlive)),
      journal,
      instance: String(generation),
      acknowledgeMilliseconds: 2,
      makeSpool: () => this.#spool,
      send: message => {
        if (isAlive()) this.#travel(() => this.#hear(structuredClone(message)));
      },
      deviceChanged: () => undefined,
      printBackoff: () => 1,
      repeatBackoffs: { acknowledge: () => 3, report: () => 12 },
      // shorter than some prints, longer than others
      holdBackMilliseconds: 1,
      now: () => 1_000,
    });
    await Promise.race([relay.start(), this.#untilDead(isAlive)]);
    if (!isAlive()) return;
    this.#relay = relay;
    relay.connected();
  }

  async #untilDead(isAlive: () => boolean): Promise<void> {
    while (isAlive()) await new Promise(resolve => setTimeout(resolve, 1));
  }

  #kill(): void {
    this.kills++;
    this.#relay = undefined;
    void this.#boot();
  }

  #mortal(isAlive: () => boolean): Journal<JournalEntry> {
    const later: (() => void)[] = [];
    this.#later = later;
    const write = async (work: () => Promise<void>): Promise<void> => {
      if (!isAlive()) return stopped;
      const isKilled = this.#chance(this.#chances.killed);
      const isOnDisk = !isKilled || this.#chance(0.5);
      if (isOnDisk) for (const each of later.splice(0)) each();
      if (isOnDisk) await work();
      if (isAlive() && isKilled) this.#kill();
      if (!isAlive()) return stopped;
    };
    const journal = this.#journal;
    return {
      entries: journal.entries,
      origin: journal.origin,
      id: journal.id,
      put: (key, entry) => write(() => journal.put(key, entry)),
      putLater: (key, entry) => void later.push(() => journal.putLater(key, entry)),
      close: async () => {},
    };
  }

  #device(deviceId: string, isAlive: () => boolean): OutputDevice {
    const paper = this.paper.get(deviceId) ?? [];
    this.paper.set(deviceId, paper);
    return {
      deviceId,
      uri: 'faulty:',
      describe: () => stopped,
      print: async ({ ticket, step, progress, signal }): Promise<PrintOutcome> => {
        const jobName = keyOf(ticket);
        if (!isAlive()) return stopped;
        if (!this.#spool.here.has(jobName)) this.broken.push(`${jobName} printed without its document`);
        if (this.#jobOf(ticket).grants === 0) this.broken.push(`${jobName} printed without grant`);
        await step({ step: 'submitting', jobName });
        if (this.#chance(this.#chances.busy)) return { kind: 'retry', reasons: ['offline'], message: 'busy' };
        await step({ step: 'created', jobName });
        if (signal.aborted) return { kind: 'canceled' };
        progress({ state: 'processing', reasons: ['job-printing'] });
        paper.push(jobName);
        await step({ step: 'sent', jobName });
        return { kind: 'completed' };
      },
      recover: async ({ ticket, step }) => {
        if (!isAlive()) return stopped;
        if (this.#chance(this.#chances.busy)) return { kind: 'retry', reasons: ['offline'], message: 'silent' };
        if (step.step === 'submitting') return { kind: 'not-sent' };
        const isPrinted = paper.includes(keyOf(ticket));
        // a printer with a memory knows, one without does not
        if (this.#chance(0.5)) return { kind: 'unconfirmed', message: 'who knows' };
        return isPrinted ? { kind: 'completed' } : { kind: 'not-sent' };
      },
    };
  }

  #jobOf({ jobId }: { jobId: string }): CloudJob {
    return this.jobs.find(({ ticket }) => ticket.jobId === jobId) as CloudJob;
  }

  #requestCancel(job: CloudJob): void {
    if (job.standing === 'fetchable') job.standing = 'over';
    if (job.standing !== 'at-relay') return;
    job.isCancelRequested = true;
    this.#tell({ type: 'cancel', jobId: job.ticket.jobId, attempt: job.ticket.attempt });
  }

  #offer(): void {
    const waiting = this.jobs.filter(({ standing }) => standing === 'fetchable').map(({ ticket }) => ticket);
    this.#tell({ type: 'tickets', tickets: waiting.slice(0, 3), more: waiting.length > 3 });
  }

  #hear(message: UpMessage): void {
    if (message.type === 'fetch') this.#offer();
    if (message.type === 'acknowledge') this.#grant(message);
    if (message.type === 'report') this.#note(message);
  }

  #grant({ jobId, attempt, ask, reports = [] }: Extract<UpMessage, { type: 'acknowledge' }>): void {
    const job = this.#jobOf({ jobId });
    if (job.standing === 'fetchable') job.standing = 'at-relay';
    const isGranted = job.standing === 'at-relay';
    if (isGranted) job.grants++;
    for (const report of reports) this.#apply(report);
    this.noted += reports.length;
    this.#tell({ type: isGranted ? 'granted' : 'refused', jobId, attempt, ask, noted: reports.map(addressOf) });
  }

  #note(message: Report): void {
    this.#apply(message);
    if (isLast(message) && !message.canWait) this.#tell({ type: 'noted', ...addressOf(message) });
  }

  #apply(message: Report): void {
    const job = this.#jobOf(message);
    const isNews = message.sequence > (job.last?.sequence ?? 0);
    const isOther = job.last?.sequence === message.sequence && job.last.state !== message.state;
    if (isOther) this.broken.push(`${keyOf(message)} said two things under number ${message.sequence}`);
    if (isNews) Object.assign(job, { last: message });
    if (isLast(message)) job.standing = 'over';
  }

  #tell(message: DownMessage): void {
    this.#travel(() => this.#relay?.receive(structuredClone(message)));
  }

  #travel(arrive: () => void): void {
    if (this.#chance(this.#chances.lost)) return;
    const copies = this.#chance(this.#chances.repeated) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) setTimeout(arrive, this.#chance(0.5) ? 0 : this.#random() * 8);
  }

  #chance(chance: number): boolean {
    return this.#random() < chance;
  }
}
