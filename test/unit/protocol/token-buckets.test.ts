import { describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../../shared/protocol/token-buckets.ts';

describe('token buckets', () => {
  const takeMany = (buckets: TokenBuckets, count: number, now: number, key = 'a') =>
    Array.from({ length: count }, () => buckets.take(key, now).isTaken);

  it('give a burst at once, and then as many as come in a second', () => {
    const buckets = new TokenBuckets(2, 4);

    expect(takeMany(buckets, 5, 0)).toEqual([true, true, true, true, false]);
    expect(buckets.take('a', 0)).toEqual({ isTaken: false, remaining: 0, waitSeconds: 1, fullSeconds: 2 });
    expect(takeMany(buckets, 3, 1000)).toEqual([true, true, false]);
    expect(takeMany(buckets, 5, 60_000)).toEqual([true, true, true, true, false]);
  });

  it('are apart for each key', () => {
    const buckets = new TokenBuckets(1, 1);

    expect([buckets.take('a', 0).isTaken, buckets.take('b', 0).isTaken, buckets.take('a', 0).isTaken]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('are looked at without taking', () => {
    const buckets = new TokenBuckets(1, 1);

    expect([buckets.look('a', 0).isTaken, buckets.take('a', 0).isTaken, buckets.look('a', 0).isTaken]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('give nothing for a clock that goes back', () => {
    const buckets = new TokenBuckets(1, 1);
    buckets.take('a', 10_000);

    expect(buckets.take('a', 0).isTaken).toBe(false);
    expect(buckets.take('a', 1000).isTaken).toBe(true);
  });

  it('are forgotten when ten thousand others were used since', () => {
    const buckets = new TokenBuckets(1, 1);
    buckets.take('a', 0);
    for (let index = 0; index < 10_000; index++) buckets.take(`key ${index}`, 0);

    expect(buckets.take('a', 0).isTaken).toBe(true);
  });
});
