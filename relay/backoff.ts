/** How long to wait before the n-th try after the first, from 0. */
export type Backoff = (tries: number) => number;

/** Doubles up to a limit. Half of each wait is chance, so that many relays do not knock at the same moment. */
export function backoff(firstMilliseconds: number, mostMilliseconds: number): Backoff {
  return tries => {
    const whole = Math.min(mostMilliseconds, firstMilliseconds * 2 ** Math.min(tries, 30));
    return whole / 2 + (whole / 2) * Math.random();
  };
}
