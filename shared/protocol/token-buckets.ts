/** Buckets that are kept; the one that was used the longest ago goes first, and is full when it comes back. */
const bucketsAtMost = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

export interface Taken {
  isTaken: boolean;
  /** whole tokens that are left */
  remaining: number;
  /** until the next token is there; 0 if one is */
  waitSeconds: number;
  /** until the bucket is full */
  fullSeconds: number;
}

/** Token buckets by key: each holds `burst` tokens and gets `perSecond` new ones. */
export class TokenBuckets {
  readonly perSecond: number;
  readonly burst: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, burst: number) {
    this.perSecond = perSecond;
    this.burst = burst;
  }

  /** Takes a token, if there is one. */
  take(key: string, now: number): Taken {
    const tokens = this.#tokens(key, now);
    const isTaken = tokens >= 1;
    const left = isTaken ? tokens - 1 : tokens;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: left, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > bucketsAtMost && oldest !== undefined) this.#buckets.delete(oldest);
    return { isTaken, ...this.#timesOf(left) };
  }

  /** The same without taking: whether there is a token. */
  look(key: string, now: number): Taken {
    const tokens = this.#tokens(key, now);
    return { isTaken: tokens >= 1, ...this.#timesOf(tokens) };
  }

  /** A clock that goes back gives no tokens. */
  #tokens(key: string, now: number): number {
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: this.burst, at: now };
    return Math.min(this.burst, tokens + (Math.max(0, now - at) / 1000) * this.perSecond);
  }

  #timesOf(tokens: number): Omit<Taken, 'isTaken'> {
    const secondsFor = (wanted: number) => Math.ceil(Math.max(0, wanted - tokens) / this.perSecond);
    return { remaining: Math.floor(tokens), waitSeconds: secondsFor(1), fullSeconds: secondsFor(this.burst) };
  }
}
