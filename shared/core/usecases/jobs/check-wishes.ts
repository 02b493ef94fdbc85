import { PrintError } from '../../domain/errors.ts';
import { longestHoldMilliseconds } from '../../domain/job-schedule.ts';
import type { CallbackPolicy, Ports } from '../../ports/index.ts';
import type { JobRequest } from './job-request.ts';

type Wishes = Pick<JobRequest, 'hold' | 'expires' | 'printBefore' | 'callback'>;

/** Refuses times that have passed or are too far ahead, a hold that ends too late, and a private callback address. */
export function checkWishes(
  { clock, callbackPolicy }: Pick<Ports, 'clock'> & { callbackPolicy?: CallbackPolicy },
  { hold, expires, printBefore, callback }: Wishes,
): void {
  const at = clock.now();
  const expiresAt = expires && 'at' in expires ? expires.at : undefined;
  checkAhead('expiresAt', expiresAt, at);
  checkAhead('printBefore', printBefore, at);
  checkAhead('holdUntil', hold?.until, at);
  const last = Math.min(expiryOf(expires, at) ?? Number.POSITIVE_INFINITY, printBefore ?? Number.POSITIVE_INFINITY);
  if (hold?.until !== undefined && hold.until >= last) {
    throw new PrintError('bad-value', 'The job would expire before its hold ends. Choose a later expiry.');
  }
  if (callback && callbackPolicy?.refuses(callback.url)) {
    throw new PrintError('bad-address', 'The callback address is private. Callbacks need a public address.');
  }
}

export const expiryOf = (expires: Wishes['expires'], at: number) =>
  expires && ('at' in expires ? expires.at : at + expires.inMilliseconds);

function checkAhead(name: string, time: number | undefined, at: number): void {
  if (time === undefined) return;
  const shown = new Date(time).toISOString();
  if (time <= at) throw new PrintError('bad-value', `The time of ${name}, ${shown}, has passed.`);
  if (time > at + longestHoldMilliseconds) {
    throw new PrintError('bad-value', `The time of ${name}, ${shown}, is more than 30 days ahead.`);
  }
}
