import type { UpMessage } from '../shared/relay-protocol.ts';
import type { Backoff } from './backoff.ts';

/** AWS IoT takes 100 messages a second from one connection; a backlog leaves room for news. */
const backlogEachSecond = 50;

interface Entry {
  message: UpMessage;
  tries: number;
  timer: NodeJS.Timeout | undefined;
}

/** Messages that are sent again, on each connect and with back-off, until what they wait for has come. */
export class Outbox {
  readonly #entries = new Map<string, Entry>();
  readonly #send: (message: UpMessage) => void;
  readonly #backoff: Backoff;

  constructor(send: (message: UpMessage) => void, backoff: Backoff) {
    this.#send = send;
    this.#backoff = backoff;
  }

  /** Sends at once. A key that is there already is replaced. */
  put(key: string, message: UpMessage): void {
    this.remove(key);
    const entry: Entry = { message, tries: 0, timer: undefined };
    this.#entries.set(key, entry);
    this.#transmit(entry);
  }

  remove(key: string): void {
    clearTimeout(this.#entries.get(key)?.timer);
    this.#entries.delete(key);
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
    this.#send(entry.message);
    entry.timer = setTimeout(() => this.#transmit(entry), this.#backoff(entry.tries++));
  }
}
