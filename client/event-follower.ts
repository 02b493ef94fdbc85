import type { Api } from './api.ts';
import { ClientError } from './errors.ts';
import { messagesOf } from './event-stream.ts';
import { pause } from './retry.ts';
import type { EventOptions, EventPage, PlatenEvent } from './types.ts';

/*
 * Events without a gap or repetition. The stream is preferred; where it fails twice within a minute, a proxy may be in the
 * way, and the log is asked with long polls for a while. The number of the last event is the position in both.
 */

const betweenStreamsMilliseconds = 250;
const failureWindowMilliseconds = 60_000;
const failuresAtMost = 2;
const pollingMilliseconds = 5 * 60_000;
const waitSeconds = 20;
const firstPauseMilliseconds = 500;
const longestPauseMilliseconds = 15_000;

const filterOf = ({ types, subject }: EventOptions) =>
  new URLSearchParams({ ...(types ? { types: types.join() } : {}), ...(subject ? { subject } : {}) });

/** Asks the log once. */
export async function eventPage(
  api: Api,
  { types, subject, signal }: EventOptions,
  asked: Record<string, number | undefined>,
) {
  const query = filterOf({ types, subject });
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) query.set(name, String(value));
  return await api.call<EventPage>('GET', `/events?${query}`, { signal });
}

/** A position in the log, and the ways to go on from it. */
export class EventFollower {
  readonly #api: Api;
  readonly #options: EventOptions;
  /** all wanted events up to this number were seen */
  position: number;
  #failures: number[] = [];
  #pollUntil = 0;

  constructor(api: Api, options: EventOptions, position: number) {
    this.#api = api;
    this.#options = options;
    this.position = position;
  }

  async *follow(): AsyncGenerator<PlatenEvent, void> {
    const { signal } = this.#options;
    for (let pauses = 0; !signal?.aborted; ) {
      const before = this.position;
      const isPolling = Date.now() < this.#pollUntil;
      try {
        if (isPolling) yield* this.catchUp(waitSeconds);
        else yield* this.#stream();
        pauses = 0;
        if (!isPolling) await pause(betweenStreamsMilliseconds, signal);
      } catch (error) {
        if (signal?.aborted) return;
        if (isRefusal(error)) throw error;
        this.#noteFailure();
        pauses = this.position > before ? 0 : pauses + 1;
        await pause(Math.min(firstPauseMilliseconds * 2 ** pauses, longestPauseMilliseconds), signal);
      }
    }
  }

  /** Events that are in the log already, or come within a time. */
  async *catchUp(wait = 0): AsyncGenerator<PlatenEvent, void> {
    for (;;) {
      const page = await this.#page(wait);
      for (const event of page.events) if (this.passes(event)) yield event;
      this.position = Math.max(this.position, page.next);
      if (!page.more) return;
    }
  }

  /** Whether an event is new; moves on to it. */
  passes({ sequence }: PlatenEvent): boolean {
    if (sequence <= this.position) return false;
    this.position = sequence;
    return true;
  }

  async #page(wait: number): Promise<EventPage> {
    try {
      return await eventPage(this.#api, this.#options, { after: this.position, wait });
    } catch (error) {
      const oldest = error instanceof ClientError && error.status === 410 ? oldestIn(error.problem) : undefined;
      if (oldest === undefined) throw error;
      this.#gone(oldest);
      return { events: [], next: this.position, more: true };
    }
  }

  async *#stream(): AsyncGenerator<PlatenEvent, void> {
    const query = filterOf(this.#options);
    const headers = { accept: 'text/event-stream', 'last-event-id': String(this.position) };
    const open = (signal: AbortSignal) => this.#api.open(`/events/stream?${query}`, headers, signal);
    for await (const { name, id, data } of messagesOf(open, this.#options.signal)) {
      if (name === 'gone') this.#gone(JSON.parse(data).oldest);
      else if (data !== '') {
        const event: PlatenEvent = JSON.parse(data);
        if (this.passes(event)) yield event;
      }
      if (id !== '') this.position = Math.max(this.position, Number(id));
    }
  }

  #gone(oldest: number): void {
    this.position = Math.max(oldest - 1, 0);
    this.#options.gone?.(oldest);
  }

  #noteFailure(): void {
    const now = Date.now();
    this.#failures = [...this.#failures.filter(at => at > now - failureWindowMilliseconds), now];
    if (this.#failures.length < failuresAtMost) return;
    this.#pollUntil = now + pollingMilliseconds;
    this.#failures = [];
  }
}

const oldestIn = (problem: Readonly<Record<string, unknown>>) =>
  (problem.error as { oldest?: number } | undefined)?.oldest;

/** What no repetition changes: the key is wrong, or the request is. Too many streams may be fewer later. */
const isRefusal = (error: unknown) =>
  error instanceof ClientError && error.status >= 400 && error.status < 500 && ![408, 425, 429].includes(error.status);
