import { vi } from 'vitest';
import { HeldJob, type JournalEntry, keyOf } from '../../relay/held-job.ts';
import type { OutputDevice, PrintOutcome } from '../../relay/printers/output-device.ts';
import { Relay } from '../../relay/relay.ts';
import type { JobId } from '../../shared/core/domain/ids.ts';
import { isFinal, type Job, stateOf } from '../../shared/core/domain/job.ts';
import type { Messages } from '../../shared/core/ports/index.ts';
import { submitDocument } from '../../shared/core/usecases/documents/submit-document.ts';
import { cancelJob } from '../../shared/core/usecases/jobs/cancel-job.ts';
import { handleRelayEvent } from '../../shared/core/usecases/jobs/relay-events.ts';
import { resolveJob } from '../../shared/core/usecases/jobs/resolve-job.ts';
import { offerJobs } from '../../shared/core/usecases/relays/offer-jobs.ts';
import { updatePresence } from '../../shared/core/usecases/relays/update-presence.ts';
import { sweep } from '../../shared/core/usecases/upkeep/sweep.ts';
import type { DownMessage, UpMessage } from '../../shared/protocol/relay-protocol.ts';
import { MemoryJournal, MemorySpool, settle } from '../unit/relay/relay-fixture.ts';
import { company, openWorld, relayId, startedAt, type World } from '../unit/world.ts';

/*
 * The real cloud and the real relay in one process, on one clock that days pass on, with a line between them that fails,
 * folders that are put back and cloned, and a printer that goes away. What came out of the printer is the judge.
 */

const principal = { companyId: company, scopes: ['print' as const] };
const relayOfOffice = { relayId, companyId: company, locationId: 'office', createdAt: 0, revoked: false };
const [second, hour] = [1000, 3_600_000];
/** longer than any run */
const never = 2 ** 30;
const stopped = new Promise<never>(() => {});

/** Rules that a bug can be planted against, in what the harness carries between the parts. */
export type PlantedBug = 'doubles' | 'lies' | 'lost' | 'stuck' | 'canceled-prints' | 'unconfirmed-without-reason';

/**
 * What goes wrong. `plain`: processes are killed, the line and the printer fail, and nothing forgets. `forgetful-printer`:
 * the same with a printer that cannot say what it printed before a kill, as raw printers. `memory`: folders of the relay
 * are also put back, cloned and lost.
 */
export const daysKinds = ['plain', 'forgetful-printer', 'memory'] as const;
/**
 * `copied`: a raw printer, and copies of the folder from the very moment between permission and first octet. They run in
 * place of the relay, which ends when its document is out, or beside it.
 */
export type DaysKind = (typeof daysKinds)[number] | 'copied';

/** A job that ended, or waits for a person, as one that may have been printed. */
export interface Unconfirmed {
  reason: string;
  /** `none`: no octet of it reached the printer */
  paper: 'printed' | 'begun' | 'none';
}

export interface DaysVerdict {
  jobs: number;
  completed: number;
  canceled: number;
  expired: number;
  unconfirmed: Unconfirmed[];
  doubles: string[];
  lies: string[];
  lost: string[];
  stuck: string[];
}

/** A relay's folder: what a process finds when it starts. */
interface Folder {
  journal: MemoryJournal;
  spool: MemorySpool;
}

interface Process {
  relay: Relay;
  folder: Folder;
  isAlive: boolean;
}

/** What a person did with a job, and what was on paper then. */
interface Submitted {
  id: JobId;
  sheetsAllowed: number;
  isCancelAsked: boolean;
  isCalledPrinted: boolean;
  /** transmissions begun when the cloud first called it canceled, or when it was resolved as printed */
  begunAtEnd?: number;
}

export class Days {
  readonly #world: World;
  readonly #random: () => number;
  readonly #kind: DaysKind;
  readonly #planted: PlantedBug | undefined;
  readonly #jobs: Submitted[] = [];
  readonly #paper: string[] = [];
  /** jobs of which the printer has received something, one entry for each transmission */
  readonly #begun: string[] = [];
  /** jobs that the printer is receiving */
  readonly #arriving = new Set<string>();
  readonly #processes: Process[] = [];
  /** the one that has the connection; a clone takes it over */
  #connected: Process | undefined;
  #isLineUp = true;
  #isPrinterAway = false;
  #lossChance = 0.05;
  #generation = 0;
  #presence = 0;
  #now = startedAt;

  private constructor(world: World, random: () => number, kind: DaysKind, planted?: PlantedBug) {
    this.#world = world;
    this.#random = random;
    this.#kind = kind;
    this.#planted = planted;
  }

  static async run(random: () => number, kind: DaysKind, planted?: PlantedBug): Promise<DaysVerdict> {
    const world = await openWorld();
    const days = new Days(world, random, kind, planted);
    // permission of a relay ends on the same clock
    vi.spyOn(performance, 'now').mockImplementation(() => days.#now - startedAt);
    // a relay that prints without permission
    if (planted === 'doubles') vi.spyOn(HeldJob.prototype, 'isPermitted', 'get').mockReturnValue(true);
    try {
      await days.#boot({ journal: new MemoryJournal(), spool: new MemorySpool() });
      for (let step = 0; step < 40; step++) await days.#step();
      return await days.#judge();
    } finally {
      for (const each of days.#processes) each.isAlive = false;
      vi.restoreAllMocks();
      await world.close();
    }
  }

  async #step(): Promise<void> {
    type Step = [weight: number, work: () => Promise<void>];
    const forgetting: Step[] = [
      [1, () => this.#putBack()],
      [1, () => this.#clone()],
      [1, () => this.#loseJournal()],
    ];
    const steps: Step[] = [
      [10, () => this.#submit()],
      [8, () => this.#turn()],
      [3, () => this.#pass(2 * second)],
      [2, () => this.#pass(60 * second)],
      [1, () => this.#pass(hour)],
      [1, () => this.#passDays()],
      [2, () => this.#cancel()],
      [2, () => this.#resolve()],
      [2, () => this.#kill()],
      ...(this.#kind === 'memory' ? forgetting : []),
      [2, () => this.#toggleLine()],
      [1, () => this.#togglePrinter()],
    ];
    let left = this.#random() * steps.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, work] of steps) {
      left -= weight;
      if (left < 0) {
        await work();
        break;
      }
    }
    await this.#turn();
  }

  async #submit(): Promise<void> {
    const targets = [{ locationId: 'office', deviceId: 'laser' }];
    const request = { contract: 'platen' as const, targets, name: 'page', template: {}, properties: {} };
    const [job] = await submitDocument(this.#world.ports, principal, { ...request, bytes: Buffer.from('%PDF') });
    this.#jobs.push({ id: (job as Job).id, sheetsAllowed: 1, isCancelAsked: false, isCalledPrinted: false });
  }

  async #cancel(): Promise<void> {
    const job = this.#some(this.#jobs.slice(-8));
    if (!job) return;
    job.isCancelAsked = true;
    await cancelJob(this.#world.ports, principal, { id: job.id });
  }

  async #resolve(): Promise<void> {
    for (const job of this.#jobs) {
      const { standing } = await this.#jobOf(job);
      if (standing !== 'processing-stopped/delivery-unconfirmed' || this.#chance(0.5)) continue;
      const as = this.#chance(0.5) ? 'printed' : 'reprint';
      await resolveJob(this.#world.ports, principal, { id: job.id, as });
      if (as === 'reprint') job.sheetsAllowed++;
      else job.isCalledPrinted = true;
    }
  }

  /** What of the journal was not on disk is lost, as is what the process knew. Half of the time it is transmitting. */
  async #kill(): Promise<void> {
    await this.#midway();
    for (let ticks = this.#chance(0.5) ? 300 : 0; ticks > 0 && this.#arriving.size === 0; ticks--) {
      await new Promise(resolve => setImmediate(resolve));
      this.#tick();
    }
    const ending = this.#connected;
    if (!ending) return;
    ending.isAlive = false;
    await this.#boot(ending.folder);
  }

  /** The folder as it was some steps ago comes back, while nothing runs on it. */
  async #putBack(): Promise<void> {
    await this.#midway();
    const now = this.#connected;
    if (!now) return;
    const copy = copyOf(now.folder);
    await this.#turn();
    await this.#midway();
    for (const each of this.#processes) each.isAlive = false;
    await this.#boot(copy);
  }

  /** A copy of the folder starts, and takes the connection over; both run on. */
  async #clone(): Promise<void> {
    await this.#midway();
    if (this.#connected) await this.#boot(copyOf(this.#connected.folder));
  }

  async #loseJournal(): Promise<void> {
    await this.#midway();
    for (const each of this.#processes) each.isAlive = false;
    await this.#boot({ journal: new MemoryJournal(), spool: new MemorySpool() }, 'The relay has lost its journal.');
  }

  async #toggleLine(): Promise<void> {
    this.#isLineUp = !this.#isLineUp;
    await this.#announcePresence();
    if (this.#isLineUp) this.#connected?.relay.connected();
  }

  /** Jobs pile up for a printer that is away. */
  async #togglePrinter(): Promise<void> {
    this.#isPrinterAway = !this.#isPrinterAway;
    if (this.#isPrinterAway) for (let jobs = 0; jobs < 6; jobs++) await this.#submit();
    else for (const { relay } of this.#living()) relay.deviceIsReady('laser');
  }

  /** Two clones take the connection from each other by turns. */
  async #takeOver(): Promise<void> {
    const living = this.#living();
    if (living.length < 2 || !this.#isLineUp) return;
    this.#connected = this.#some(living);
    this.#connected?.relay.connected();
  }

  async #passDays(): Promise<void> {
    for (let hours = Math.floor(this.#random() * 60); hours > 0; hours--) await this.#pass(hour);
  }

  async #pass(milliseconds: number): Promise<void> {
    this.#world.wait(milliseconds);
    this.#now += milliseconds;
    while ((await sweep(this.#world.ports)) > 0);
    await this.#turn();
  }

  /** Lets everything happen that is on its way. */
  async #turn(): Promise<void> {
    await this.#takeOver();
    for (let quiet = 0, ticks = 0; quiet < 2 && ticks < 300; ticks++) {
      await new Promise(resolve => setTimeout(resolve, 1));
      await settle();
      quiet = this.#tick() > 0 ? 0 : quiet + 1;
    }
    for (const job of this.#jobs) {
      const found = await this.#jobOf(job);
      const isOver = job.isCalledPrinted || stateOf(found) === 'canceled';
      if (isOver) job.begunAtEnd ??= this.#begunOf(job);
    }
  }

  /** Takes to the relay what the cloud has sent, and works off the queue of offers. */
  #tick(): number {
    const down = this.#world.sent.splice(0);
    for (const { message } of down) this.#toRelay(message);
    const queued = this.#world.queued.splice(0).filter(({ queue }) => queue === 'offer');
    for (const { message } of queued) void offerJobs(this.#world.ports, message as Messages['offer']);
    return down.length + queued.length;
  }

  /** Some new jobs, on their way. */
  async #midway(): Promise<void> {
    for (let jobs = 1 + Math.floor(this.#random() * 4); jobs > 0; jobs--) await this.#submit();
    for (let ticks = Math.floor(this.#random() * 30); ticks > 0; ticks--) {
      await new Promise(resolve => (this.#chance(0.2) ? setTimeout(resolve, 1) : setImmediate(resolve)));
      this.#tick();
    }
  }

  #toRelay(message: DownMessage): void {
    if (!this.#isLineUp || this.#chance(this.#lossChance)) return;
    if (this.#planted === 'stuck' && message.type === 'tickets')
      message = { ...message, tickets: message.tickets.slice(1) };
    const given = this.#forged(message);
    this.#connected?.relay.receive(structuredClone(given));
    if (this.#chance(0.1)) this.#connected?.relay.receive(structuredClone(given));
  }

  /** A cloud that never refuses. */
  #forged(message: DownMessage): DownMessage {
    const isRefusal = message.type === 'refused' || message.type === 'cancel';
    return isRefusal && this.#planted === 'canceled-prints' ? { ...message, type: 'granted' } : message;
  }

  async #toCloud(from: Process, message: UpMessage): Promise<void> {
    const isHeard = this.#isLineUp && from === this.#connected && from.isAlive;
    if (!isHeard || this.#chance(this.#lossChance)) return;
    const said = this.#planted === 'unconfirmed-without-reason' ? withoutReason(message) : message;
    for (let copy = this.#chance(0.1) ? 2 : 1; copy > 0; copy--) {
      await handleRelayEvent(this.#world.ports, { ...structuredClone(said), relayId });
    }
  }

  /** The folder as it is, or a copy of it. */
  async #boot(folder: Folder, lost?: string): Promise<void> {
    const found = copyOf(folder, folder.journal.id);
    const isRunning = () => started.isAlive;
    const every = (milliseconds: number) => () => (isRunning() ? milliseconds : never);
    const { entries } = found.journal;
    const started: Process = {
      folder: found,
      isAlive: true,
      relay: new Relay({
        devices: [this.#device(() => started)],
        // an entry is on disk when it is put, and the relay hears of it later
        journal: { ...mortal(found.journal, isRunning), entries },
        instance: String(++this.#generation),
        lost,
        makeSpool: () => found.spool,
        send: message => void this.#toCloud(started, structuredClone(message)),
        deviceChanged: () => undefined,
        printBackoff: () => 1,
        repeatBackoffs: { acknowledge: every(3), report: every(12) },
        holdBackMilliseconds: 1,
        acknowledgeMilliseconds: 1,
        now: () => this.#now,
      }),
    };
    this.#processes.push(started);
    this.#connected = started;
    await started.relay.start();
    await this.#announcePresence();
    if (this.#isLineUp) started.relay.connected();
  }

  async #announcePresence(): Promise<void> {
    const type = this.#isLineUp ? 'connected' : 'disconnected';
    await updatePresence(this.#world.ports, relayOfOffice, { type, at: this.#now, version: ++this.#presence });
  }

  #device(of: () => Process): OutputDevice {
    const isRunning = () => of().isAlive;
    const isRaw = this.#kind === 'copied';
    const away: PrintOutcome = { kind: 'retry', reasons: ['offline'], message: 'no connection' };
    return {
      deviceId: 'laser',
      uri: 'days:',
      remembersJobs: !isRaw,
      describe: () => stopped,
      print: async ({ ticket, step, signal }): Promise<PrintOutcome> => {
        const jobName = keyOf(ticket);
        if (!isRunning()) return stopped;
        if (!isRaw) await step({ step: 'submitting', jobName });
        if (!isRunning()) return stopped;
        if (this.#isPrinterAway) return away;
        const copy = isRaw && this.#chance(0.3) ? copyOf(of().folder) : undefined;
        await step({ step: 'created', jobName });
        if (!isRunning()) return stopped;
        if (signal.aborted) return { kind: 'canceled' };
        await this.#transmit(jobName, isRunning);
        if (copy) {
          of().isAlive &&= this.#chance(0.5);
          void this.#boot(copy);
        }
        if (!isRunning()) return stopped;
        if (this.#planted === 'lost') return { kind: 'aborted', reasons: ['aborted-by-system'], message: 'planted' };
        await step({ step: 'sent', jobName });
        return isRunning() ? { kind: 'completed' } : stopped;
      },
      recover: async ({ ticket, step }) => {
        if (!isRunning()) return stopped;
        if (this.#isPrinterAway) return away;
        const isSent = step.step !== 'submitting';
        if (isRaw && !isSent) return { kind: 'not-sent' };
        const isForgotten = isRaw || this.#kind === 'forgetful-printer';
        if (isForgotten && isSent) return { kind: 'unconfirmed', message: 'cannot be asked' };
        // a printer lists what it is receiving, from whichever copy, and is asked until that has ended
        while (this.#arriving.has(keyOf(ticket))) await settle();
        return this.#paper.includes(keyOf(ticket)) ? { kind: 'completed' } : { kind: 'not-sent' };
      },
    };
  }

  /** Takes a while, in which its process may be killed. */
  async #transmit(jobName: string, isRunning: () => boolean): Promise<void> {
    this.#begun.push(jobName);
    this.#arriving.add(jobName);
    await settle();
    if (isRunning() && this.#planted !== 'lies') this.#paper.push(jobName);
    await settle();
    this.#arriving.delete(jobName);
  }

  async #judge(): Promise<DaysVerdict> {
    this.#lossChance = 0;
    if (this.#isPrinterAway) await this.#togglePrinter();
    if (!this.#isLineUp) await this.#toggleLine();
    this.#connected?.relay.connected();
    // a sweep asks about a silent job at least once an hour, and again within minutes
    for (let round = 0; round < 20; round++) await this.#pass(round < 6 ? 30 * second : hour / 10);
    const verdict: DaysVerdict = {
      ...{
        jobs: this.#jobs.length,
        completed: 0,
        canceled: 0,
        expired: 0,
        unconfirmed: [],
        doubles: [],
        lies: [],
        lost: [],
        stuck: [],
      },
    };
    for (const job of this.#jobs) this.#look(verdict, job, await this.#jobOf(job));
    return verdict;
  }

  #look(verdict: DaysVerdict, job: Submitted, found: Job): void {
    const sheets = this.#sheetsOf(job);
    const what = `${found.standing} ${found.reasons.join()} attempt ${found.attempt}, ${sheets} on paper`;
    const state = stateOf(found);
    if (sheets > job.sheetsAllowed) verdict.doubles.push(what);
    if (job.begunAtEnd !== undefined && this.#begunOf(job) > job.begunAtEnd)
      verdict.lies.push(`came out after its end: ${what}`);
    if (state === 'completed' && !job.isCalledPrinted && sheets === 0) verdict.lies.push(what);
    const isDoubted = found.reasons.includes('delivery-unconfirmed');
    if (state === 'canceled' && !isDoubted && sheets >= job.sheetsAllowed) verdict.lies.push(what);
    const isUnconfirmed = found.standing === 'processing-stopped/delivery-unconfirmed';
    const mayHavePrinted = isUnconfirmed || (state === 'aborted' && found.reasons.includes('delivery-unconfirmed'));
    if (mayHavePrinted) {
      verdict.unconfirmed.push({ reason: found.message ?? 'no reason', paper: this.#paperOf(job) });
      if (!found.message) verdict.lies.push(`without a reason: ${what}`);
    } else if (!isFinal(found)) verdict.stuck.push(what);
    if (state === 'completed') verdict.completed++;
    if (state === 'canceled') verdict.canceled++;
    const isExpired = state === 'aborted' && found.reasons.includes('expired');
    if (isExpired) verdict.expired++;
    if (isExpired && sheets >= job.sheetsAllowed) verdict.lies.push(what);
    if ((state === 'aborted' && !isExpired && !mayHavePrinted) || (state === 'canceled' && !job.isCancelAsked))
      verdict.lost.push(what);
  }

  #sheetsOf({ id }: Submitted): number {
    return this.#paper.filter(name => name.startsWith(`${id}.`)).length;
  }

  #paperOf(job: Submitted): Unconfirmed['paper'] {
    if (this.#sheetsOf(job) > 0) return 'printed';
    return this.#begunOf(job) > 0 ? 'begun' : 'none';
  }

  #begunOf({ id }: Submitted): number {
    return this.#begun.filter(name => name.startsWith(`${id}.`)).length;
  }

  async #jobOf({ id }: Submitted): Promise<Job> {
    return (await this.#world.ports.jobs.get(id)) as Job;
  }

  #living(): Process[] {
    return this.#processes.filter(({ isAlive }) => isAlive);
  }

  #some<T>(list: T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }

  #chance(chance: number): boolean {
    return this.#random() < chance;
  }
}

/** A killed process writes no more. */
function mortal(journal: MemoryJournal, isRunning: () => boolean) {
  return {
    origin: journal.origin,
    id: journal.id,
    put: async (key: string, entry: JournalEntry) => (isRunning() ? await journal.put(key, entry) : await stopped),
    putLater: (key: string, entry?: JournalEntry) => {
      if (isRunning()) journal.putLater(key, entry);
    },
    close: async () => {},
  };
}

function copyOf({ journal, spool }: Folder, id?: string): Folder {
  const copy = { journal: new MemoryJournal(id), spool: new MemorySpool() };
  for (const [key, entry] of journal.entries) copy.journal.putLater(key, entry);
  for (const key of spool.here) copy.spool.here.add(key);
  return copy;
}

function withoutReason(message: UpMessage): UpMessage {
  if (message.type === 'report') return { ...message, message: undefined };
  return message.type === 'unknown' ? { ...message, why: undefined } : message;
}
