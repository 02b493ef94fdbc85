import type { TryResult } from '../domain/webhook-schedule.ts';

/** Posts events to webhooks. Only `notify`, and tests of webhooks, have one. */
export interface EventPoster {
  /** Throws `bad-address` for an address that is never called. Does not resolve names. */
  check(url: string): void;
  /** Posts JSON once. Does not follow redirects, and reads at most the first kilobyte of the answer. Never throws. */
  post(url: string, headers: Record<string, string>, body: string): Promise<TryResult>;
}
