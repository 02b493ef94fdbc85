import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { FetchError } from '../../../relay/fetch-document.ts';
import { type JournalEntry, keyOf } from '../../../relay/held-job.ts';
import type { Journal } from '../../../relay/journal.ts';
import type {
  OutputDevice,
  PrintOutcome,
  PrintRequest,
  RecoverRequest,
} from '../../../relay/printers/output-device.ts';
import { Relay } from '../../../relay/relay.ts';
import type { DocumentSpool, Wanted } from '../../../relay/spool.ts';
import type { JobId } from '../../../shared/core/domain/ids.ts';
import type { Report, Ticket, UpMessage } from '../../../shared/protocol/relay-protocol.ts';

export const jobIdOf = (number: number) => number.toString(16).padStart(32, '0') as JobId;

/** A ticket of the device `office`; job and place in its order are the same number. */
export function ticket(number: number, members: Partial<Ticket> = {}): Ticket {
  return {
    jobId: jobIdOf(number),
    attempt: 1,
    deviceId: 'office',
    sequence: number,
    name: `job ${number}`,
    format: 'application/pdf',
    octets: 4,
    sha256: createHash('sha256').update('%PDF').digest('hex'),
    url: `http://documents.example/${number}`,
    template: {},
    unconfirmedPolicy: 'ask',
    possibleDuplicate: false,
    ...members,
  };
}

export const addressOf = ({ jobId, attempt }: Pick<Ticket, 'jobId' | 'attempt'>) => ({ jobId, attempt });

/** Polls until a value is there; the test's timeout applies. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found) return found;
    await new Promise(resolve => setTimeout(resolve, 1));
  }
}

/** Lets everything happen that needs no more than a few turns of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve));
}

/** A journal that survives restarts of the relay. As with the real one, entries are there before they are on disk. */
export class MemoryJournal implements Journal<JournalEntry> {
  readonly entries = new Map<string, JournalEntry>();
  readonly origin = 'good' as const;
  /** a copy has another */
  readonly id: string;

  constructor(id: string = crypto.randomUUID()) {
    this.id = id;
  }

  /** decides when an entry is on disk */
  write: (key: string) => Promise<void> = () => new Promise(resolve => setImmediate(resolve));

  async put(key: string, entry: JournalEntry): Promise<void> {
    this.entries.set(key, structuredClone(entry));
    await this.write(key);
  }

  putLater(key: string, entry?: JournalEntry): void {
    if (entry) this.entries.set(key, structuredClone(entry));
    else this.entries.delete(key);
  }

  async close(): Promise<void> {}
}

/** Stores names instead of documents. `arrive` decides when, and whether, a download completes. */
export class MemorySpool implements DocumentSpool {
  readonly here = new Set<string>();
  arrive: (wanted: Wanted) => Promise<FetchError | undefined> = async () => undefined;
  askForTicket: (wanted: Wanted) => void = () => {};
  isFull = false;
  /** decides when names of documents are on disk */
  sync: () => Promise<void> = async () => {};
  readonly removed: string[] = [];

  async fetch(wanted: Wanted): Promise<FetchError | undefined> {
    const aborted = new Promise<never>((_resolve, reject) => {
      wanted.signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
    const failed = await Promise.race([this.arrive(wanted), aborted]);
    if (!failed) this.here.add(wanted.key);
    return failed;
  }

  async open(isKept: (key: string) => boolean): Promise<void> {
    for (const key of [...this.here]) if (!isKept(key)) this.here.delete(key);
  }

  async has(key: string): Promise<boolean> {
    return this.here.has(key);
  }

  async remove(key: string): Promise<void> {
    this.removed.push(key);
    this.here.delete(key);
  }

  pathOf(key: string): string {
    return `/spool/${key}`;
  }
}

/** A scripted printer. `printed` and `recovered` record its calls. */
export class ScriptedDevice implements OutputDevice {
  readonly deviceId: string;
  readonly uri = 'scripted:';
  remembersJobs = true;
  readonly printed: string[] = [];
  readonly recovered: string[] = [];
  onPrint: (request: PrintRequest) => Promise<PrintOutcome> = printPlainly;
  onRecover: OutputDevice['recover'] = async ({ step }) => ({
    kind: step.step === 'submitting' ? 'not-sent' : 'completed',
  });

  constructor(deviceId: string) {
    this.deviceId = deviceId;
  }

  async describe() {
    return { deviceId: this.deviceId, scheme: 'scripted', attributes: {}, state: 'idle' as const, stateReasons: [] };
  }

  async print(request: PrintRequest): Promise<PrintOutcome> {
    this.printed.push(keyOf(request.ticket));
    return await this.onPrint(request);
  }

  async recover(request: RecoverRequest): Promise<PrintOutcome | { kind: 'not-sent' }> {
    this.recovered.push(`${keyOf(request.ticket)} ${request.step.step}`);
    return await this.onRecover(request);
  }
}

/** Every step in order, and paper. */
export async function printPlainly({ ticket, step, progress }: PrintRequest): Promise<PrintOutcome> {
  const jobName = keyOf(ticket);
  await step({ step: 'submitting', jobName });
  await step({ step: 'created', jobName, printerJobId: 7 });
  progress({ state: 'processing', reasons: ['job-printing'] });
  await step({ step: 'sent', jobName, printerJobId: 7 });
  return { kind: 'completed' };
}

export interface RelayFixture {
  relay: Relay;
  journal: MemoryJournal;
  spool: MemorySpool;
  device: ScriptedDevice;
  sent: UpMessage[];
  /** devices that are to be asked at once */
  changed: string[];
  reports: () => Report[];
  acknowledged: (ticket: Ticket) => boolean;
  /** The ticket comes, its document too, and it is granted. */
  giveJob: (ticket: Ticket) => Promise<void>;
  /** Waits for the job's final report. */
  ended: (ticket: Ticket) => Promise<Report>;
}

export interface FixtureParts {
  journal?: MemoryJournal;
  spool?: MemorySpool;
  device?: ScriptedDevice;
  devices?: ScriptedDevice[];
  /** whether permission is given again by itself to what was granted before */
  isPermitting?: boolean;
  instance?: string;
  lost?: string;
  /** milliseconds between repeats; the default never comes in a test */
  repeatAfter?: number;
  /** milliseconds between tries at a printer */
  printAfter?: number;
  /** milliseconds that a plain `job-printing` waits; the default never comes in a test */
  holdBack?: number;
}

/** A relay with scripted parts. Parts of an earlier relay represent the state after a crash. */
export async function startRelay(parts: FixtureParts = {}): Promise<RelayFixture> {
  const {
    journal = new MemoryJournal(),
    spool = new MemorySpool(),
    repeatAfter = 1_000_000,
    printAfter = 1,
    holdBack = 1_000_000,
    isPermitting = true,
    instance = 'one-start',
    lost,
  } = parts;
  const { device = new ScriptedDevice('office'), devices = [device] } = parts;
  const sent: UpMessage[] = [];
  const changed: string[] = [];
  const hear = (message: UpMessage) => {
    // a cloud that gives permission again to what it has granted before
    const isAgain = message.type === 'acknowledge' && (message.ask ?? 0) > 1;
    if (isAgain) setImmediate(() => relay.receive({ type: 'granted', ...addressOf(message), ask: message.ask }));
  };
  const relay = new Relay({
    devices,
    journal,
    instance,
    lost,
    acknowledgeMilliseconds: 0,
    makeSpool: askForTicket => Object.assign(spool, { askForTicket }),
    send: message => {
      sent.push(structuredClone(message));
      if (isPermitting) hear(message);
    },
    deviceChanged: deviceId => void changed.push(deviceId),
    printBackoff: () => printAfter,
    repeatBackoffs: { acknowledge: () => repeatAfter, report: () => repeatAfter },
    holdBackMilliseconds: holdBack,
    now: () => 1_000,
  });
  await relay.start();
  onTestFinished(() => void relay.stop());

  const reports = () => sent.filter(message => message.type === 'report');
  const acknowledged = ({ jobId }: Ticket) =>
    sent.some(message => message.type === 'acknowledge' && message.jobId === jobId);
  return {
    relay,
    journal,
    spool,
    device,
    sent,
    changed,
    reports,
    acknowledged,
    async giveJob(given) {
      relay.receive({ type: 'tickets', tickets: [given], more: false });
      await until(() => acknowledged(given));
      relay.receive({ type: 'granted', ...addressOf(given) });
    },
    ended: ({ jobId, attempt }) =>
      until(() => reports().find(report => report.jobId === jobId && report.attempt === attempt && isLast(report))),
  };
}

/** A final report as it is sent again: it asks for an answer. */
export function again({ canWait: _, ...report }: Report): Report {
  return report;
}

export function isLast({ state, reasons }: Report): boolean {
  return !['processing', 'processing-stopped'].includes(state) || reasons.includes('delivery-unconfirmed');
}
