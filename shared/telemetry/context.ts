import { AsyncLocalStorage } from 'node:async_hooks';

/** Fields that every log line of a piece of work carries: requestId, traceId, messageId, companyId, jobId and so on. */
type Context = Record<string, unknown>;

const current = new AsyncLocalStorage<Context>();

/** Runs `work` with these fields on every line it logs, in addition to those of an outer context. */
export function withContext<Result>(fields: Context, work: () => Result): Result {
  return current.run({ ...current.getStore(), ...fields }, work);
}

/** Adds what became known on the way, such as the company behind a key. Without a context nothing happens. */
export function addContext(fields: Context): void {
  Object.assign(current.getStore() ?? {}, fields);
}

export const contextFields = (): Readonly<Context> => current.getStore() ?? {};
