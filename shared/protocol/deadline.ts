import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<AbortSignal>();

/** Runs `work` with a signal that aborts after this time, for calls of other services that it makes. */
export function withDeadline<Result>(milliseconds: number, work: () => Result): Result {
  return current.run(AbortSignal.timeout(Math.max(0, Math.floor(milliseconds))), work);
}

/** The signal of the work under way, if it has a deadline. */
export const deadlineSignal = (): AbortSignal | undefined => current.getStore();
