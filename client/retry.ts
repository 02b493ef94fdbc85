import { ClientError, errorOf } from './errors.ts';

/*
 * One request on a real line: each attempt has a time limit, what may go better later is tried again with longer and
 * longer pauses, and an abort ends both at once.
 */

/** A network may be gone for minutes: a lift, a tunnel, a server that restarts. */
export const usualPatienceMilliseconds = 5 * 60_000;
const firstPauseMilliseconds = 500;
const longestPauseMilliseconds = 15_000;

/** A fault of the server is rarely better at the next try. */
const attemptsAtFaults = 3;

/** Answers that may be others later [RFC 9110 15.5.9, 15.6; RFC 8470 5.2; RFC 6585 4]. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

export interface Attempt {
  url: string;
  init: RequestInit;
  /** of one attempt, by its number from 1 */
  limitMilliseconds: (attempt: number) => number;
  /** how long it is tried again */
  patienceMilliseconds: number;
  signal: AbortSignal | undefined;
}

/** The first answer below 400. Throws what the last attempt failed of, or the reason of the abort. */
export async function fetchWithRetries(request: Attempt): Promise<Response> {
  const { url, init, limitMilliseconds, patienceMilliseconds, signal } = request;
  const startedAt = Date.now();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const outcome = await attemptOnce(url, init, limitMilliseconds(attempt), signal);
    if (outcome instanceof Response && outcome.ok) return outcome;
    signal?.throwIfAborted();
    const isPatient = Date.now() - startedAt + askedPause(outcome) < patienceMilliseconds;
    if (!isPassing(outcome, attempt) || !isPatient)
      throw outcome instanceof Response ? await errorOf(outcome) : outcome;
    await pause(pauseBefore(attempt + 1, outcome), signal);
  }
}

function isPassing(outcome: Response | Error, attempt: number): boolean {
  if (!(outcome instanceof Response)) return true;
  return passing.has(outcome.status) && (outcome.status !== 500 || attempt < attemptsAtFaults);
}

async function attemptOnce(
  url: string,
  init: RequestInit,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<Response | Error> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new ClientError(0, 'timeout', `No answer within ${Math.round(milliseconds / 1000)} seconds.`));
  }, milliseconds);
  try {
    const answer = await fetch(url, { ...init, signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal });
    // the body belongs to the attempt: it may be cut off, too
    return new Response(await answer.arrayBuffer(), answer.status === 204 ? { status: 204 } : answer);
  } catch (error) {
    return error as Error;
  } finally {
    clearTimeout(timer);
  }
}

function pauseBefore(attempt: number, outcome: Response | Error): number {
  const backoff = Math.min(firstPauseMilliseconds * 2 ** (attempt - 2), longestPauseMilliseconds);
  return Math.max(askedPause(outcome), backoff * (0.75 + Math.random() / 2));
}

/** An answer may ask for hours, such as until the next day of a quota: then waiting is the caller's decision. */
const askedPause = (outcome: Response | Error) =>
  outcome instanceof Response ? retryAfter(outcome.headers.get('retry-after')) : 0;

/** Seconds, or a date [RFC 9110 10.2.3]. */
function retryAfter(header: string | null): number {
  if (!header) return 0;
  const milliseconds = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(milliseconds) ? 0 : Math.max(milliseconds, 0);
}

/** Throws the signal's reason as soon as it is aborted. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
