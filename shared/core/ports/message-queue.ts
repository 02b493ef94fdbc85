import type { CompanyId, JobId } from '../domain/ids.ts';
import type { PrinterName } from '../domain/printer.ts';

/** Work that waits, by queue. */
export interface Messages {
  /** jobs that share one source: what is made is made once for all of them */
  prepare: { jobIds: JobId[] };
  offer: { companyId: CompanyId; printer: PrinterName };
  /** the callback of a job that has ended; tries are counted from 1 */
  notify: { jobId: JobId; attempt: number };
}

export interface MessageQueue {
  /** Durable when answered. Delivered at least once, in no order. `delaySeconds` up to 900. */
  send<Name extends keyof Messages>(queue: Name, messages: Messages[Name][], delaySeconds?: number): Promise<void>;
}
