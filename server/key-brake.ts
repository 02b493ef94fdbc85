/** Wrong keys of one address, a minute: many more than a misconfigured client shows, and far fewer than a search needs. */
export const wrongKeysAtMost = 100;
const spanMilliseconds = 60_000;
const addressesAtMost = 10_000;

interface Count {
  since: number;
  wrong: number;
}

/** Slows down who tries keys: further wrong ones of an address are refused for the rest of the minute. */
export class KeyBrake {
  readonly #counts = new Map<string, Count>();

  /** Counts a wrong key, and returns whether the address has shown too many. */
  isTooMany(address: string, now: number): boolean {
    const known = this.#counts.get(address);
    const isRecent = known !== undefined && Math.abs(now - known.since) < spanMilliseconds;
    const count = isRecent ? known : { since: now, wrong: 0 };
    count.wrong += 1;
    this.#counts.delete(address);
    this.#counts.set(address, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > addressesAtMost && oldest !== undefined) this.#counts.delete(oldest);
    return count.wrong > wrongKeysAtMost;
  }
}
