import type { Api } from './api.ts';
import type { EventFollower } from './event-follower.ts';
import type { EventOptions, PlatenEvent } from './types.ts';

/*
 * One stream for all pages of a browser that ask for the same events: a browser has six connections to a host, and each
 * stream would take one. The page that holds a lock has the stream and passes on its events; when it closes, the next page
 * gets the lock. Each page has its own position and reads from the log what it missed.
 */

interface Passed {
  /** the position of the sender before this event: nothing that is wanted lies between */
  from: number;
  event: PlatenEvent;
}

/** Whether this is a page of a browser that has locks and channels between pages. */
export const canShare = () =>
  'document' in globalThis && globalThis.navigator?.locks !== undefined && 'BroadcastChannel' in globalThis;

export async function* sharedEvents(
  api: Api,
  open: (signal: AbortSignal) => EventFollower,
  { types, subject, signal }: EventOptions,
): AsyncGenerator<PlatenEvent, void> {
  const name = `platen-events ${api.fingerprint} ${types?.join() ?? ''} ${subject ?? ''}`;
  const channel = new BroadcastChannel(name);
  const left = new AbortController();
  const ended = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  const log = open(ended);
  const arrived: PlatenEvent[] = [];
  let failure: unknown;
  let wake = () => {};
  let catchingUp: Promise<void> | undefined;
  let hasMore = false;

  const arrive = (event: PlatenEvent) => {
    arrived.push(event);
    wake();
  };
  const fail = (error: unknown) => {
    failure ??= error;
    wake();
  };
  /** Events that are passed on meanwhile may be too late for it, so that it is done once more. */
  const catchUp = async () => {
    do {
      hasMore = false;
      for await (const event of log.catchUp()) arrive(event);
    } while (hasMore);
  };
  const lead = async () => {
    await catchingUp;
    for (let from = log.position; ; from = log.position) {
      const { value: event, done } = await stream.next();
      if (done || ended.aborted) return;
      channel.postMessage({ from, event } satisfies Passed);
      arrive(event);
    }
  };
  const stream = log.follow();

  channel.onmessage = ({ data: { from, event } }: { data: Passed }) => {
    if (catchingUp) hasMore = true;
    else if (from > log.position) catchingUp = begin();
    else if (log.passes(event)) arrive(event);
  };
  const begin = () =>
    catchUp()
      .catch(fail)
      .finally(() => {
        catchingUp = undefined;
      });
  catchingUp = begin();
  navigator.locks.request(name, { signal: ended }, lead).catch(error => {
    if (!ended.aborted) fail(error);
  });
  ended.addEventListener('abort', () => wake());

  try {
    for (;;) {
      while (arrived.length > 0) yield arrived.shift() as PlatenEvent;
      if (failure) throw failure;
      if (ended.aborted) return;
      await new Promise<void>(resolve => {
        wake = resolve;
      });
    }
  } finally {
    left.abort();
    channel.close();
    await stream.return();
  }
}
