import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkerPool } from '../../../../../shared/adapters/convert/worker/worker-pool.ts';
import type { CompanyId } from '../../../../../shared/core/domain/ids.ts';

const [usual, busy] = ['usual', 'busy'] as CompanyId[] as [CompanyId, CompanyId];
const idleMilliseconds = 60_000;

describe('unused workers', () => {
  let pool: WorkerPool;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    pool = new WorkerPool();
  });
  afterEach(async () => {
    const closed = pool.close();
    // processes that are still starting need not end by themselves: one that gives way may wait long for a core
    await vi.advanceTimersByTimeAsync(idleMilliseconds);
    vi.useRealTimers();
    await closed;
  });

  it('end after a minute, but for the last', () => {
    const [first, last] = [pool.of(usual), pool.of(busy)];
    pool.release(usual);
    pool.release(busy);

    vi.advanceTimersByTime(idleMilliseconds);

    expect([first.hasEnded, last.hasEnded]).toEqual([true, false]);
  });

  it('end also if the last one has given way, which it can never undo', () => {
    const [first, last] = [pool.of(usual), pool.of(busy)];
    pool.slowDown(busy);
    pool.release(usual);
    pool.release(busy);

    vi.advanceTimersByTime(idleMilliseconds);

    expect([first.hasEnded, last.hasEnded]).toEqual([true, true]);
  });
});
