import type { CompanyId, JobId } from '../domain/ids.ts';
import type { PrinterName } from '../domain/printer.ts';

/** The callback of a job that has ended; `attempt` counts from 1. */
export interface CallbackMessage {
  jobId: JobId;
  attempt: number;
}

/** One try to deliver an event to a webhook. */
export interface EventMessage {
  companyId: CompanyId;
  webhookId: string;
  sequence: number;
  attempt: number;
}

/** Message bodies, by queue. Where one names a company, the queue is fair between companies. */
export interface Messages {
  /** jobs that share one source: the output is made once for all of them */
  prepare: {
    jobIds: JobId[];
    companyId?: CompanyId /** because its company had too many under way */;
    deferrals?: number;
  };
  offer: { companyId: CompanyId; printer: PrinterName };
  notify: CallbackMessage | EventMessage;
}

export interface MessageQueue {
  /** Durable on return. At-least-once delivery, no order. `delaySeconds` up to 900. */
  send<Name extends keyof Messages>(queue: Name, messages: Messages[Name][], delaySeconds?: number): Promise<void>;
}
