import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after the given time, or when the signal is aborted. Never throws. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (milliseconds <= 0) return;
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** short enough that a one-page job is reported when it is done */
const firstMilliseconds = 2;
const growth = 1.7;

/** Pauses between questions: short at first, so that short jobs are quick, then longer up to a limit. */
export function* growingPauses(maxMilliseconds: number): Generator<number, never> {
  for (let next = firstMilliseconds; ; next *= growth) yield Math.min(next, maxMilliseconds);
}
