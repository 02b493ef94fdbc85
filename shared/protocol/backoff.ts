/** The delay before the n-th retry, from 0. */
export type Backoff = (tries: number) => number;

/** Doubles with each try, up to a limit. */
export function doubled(tries: number, firstMilliseconds: number, mostMilliseconds: number): number {
  return Math.min(mostMilliseconds, firstMilliseconds * 2 ** Math.min(tries, 30));
}

/** Doubles up to a limit. Half of each delay is random, so that many relays do not reconnect at the same time. */
export function backoff(firstMilliseconds: number, mostMilliseconds: number): Backoff {
  return tries => {
    const whole = doubled(tries, firstMilliseconds, mostMilliseconds);
    return whole / 2 + (whole / 2) * Math.random();
  };
}
