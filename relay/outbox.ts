import type { Backoff } from '../shared/protocol/backoff.ts';
import type { Report, UpMessage } from '../shared/protocol/relay-protocol.ts';

/** AWS IoT takes 100 messages a second from one connection; a backlog leaves room for news. */
const backlogEachSecond = 50;
/** So many make a message of less than the 5 KB that AWS IoT meters as one. */
const carriedAtMost = 10;

export type Repeated = Extract<UpMessage, { type: 'acknowledge' | 'report' }>;

interface Entry {
  message: Repeated;
  tries: number;
  timer: NodeJS.Timeout | undefined;
  wasSent: boolean;
  wasCarried: boolean;
}

/**
 * Messages that are sent again, on each connect and with back-off, until what they wait for has come. A final report
 * needs no answer of its own at first: it goes along with the next acknowledgement, once, and that is answered anyway.
 * Whatever is lost on that way is made good by its repetition, which asks for an answer.
 */
export class Outbox {
  readonly #entries = new Map<string, Entry>();
  readonly #send: (message: UpMessage) => void;
  readonly #backoffs: Record<Repeated['type'], Backoff>;

  constructor(send: (message: UpMessage) => void, backoffs: Record<Repeated['type'], Backoff>) {
    this.#send = send;
    this.#backoffs = backoffs;
  }

  /** Sends at once. A key that is there already is replaced. */
  put(key: string, message: Repeated): void {
    this.remove(key);
    const entry: Entry = { message, tries: 0, timer: undefined, wasSent: false, wasCarried: false };
    this.#entries.set(key, entry);
    this.#transmit(entry);
  }

  /** Final reports that wait, the oldest first, each handed out once. */
  toCarry(): Report[] {
    const reports: Report[] = [];
    for (const entry of this.#entries.values()) {
      if (reports.length === carriedAtMost) break;
      if (entry.message.type !== 'report' || entry.wasCarried) continue;
      entry.wasCarried = true;
      reports.push(entry.message);
    }
    return reports;
  }

  remove(key: string): void {
    clearTimeout(this.#entries.get(key)?.timer);
    this.#entries.delete(key);
  }

  /** Sends again what waits under a key, without waiting for its turn. */
  sendAgain(key: string): void {
    const entry = this.#entries.get(key);
    clearTimeout(entry?.timer);
    if (entry) this.#transmit(entry);
  }

  /** As `sendAgain`, and as if for the first time. */
  restart(key: string): void {
    const entry = this.#entries.get(key);
    if (entry) entry.tries = 0;
    this.sendAgain(key);
  }

  /** A connection is there: all that waits goes out, at a pace. */
  sendAll(): void {
    let place = 0;
    for (const entry of this.#entries.values()) {
      clearTimeout(entry.timer);
      entry.tries = 0;
      const seconds = Math.floor(place++ / backlogEachSecond);
      entry.timer = setTimeout(() => this.#transmit(entry), seconds * 1000);
    }
  }

  stop(): void {
    for (const key of [...this.#entries.keys()]) this.remove(key);
  }

  #transmit(entry: Entry): void {
    const { message, wasSent } = entry;
    this.#send(message.type === 'report' && !wasSent ? { ...message, canWait: true } : message);
    entry.wasSent = true;
    entry.timer = setTimeout(() => this.#transmit(entry), this.#backoffs[message.type](entry.tries++));
  }
}
