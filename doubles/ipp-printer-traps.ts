import type { operations } from '../shared/ipp/tags.ts';

export type OperationName = keyof typeof operations;

/** What real printers were seen to do. Each can be set and unset while the double runs. */
export interface Traps {
  /** refuses so many Create-Jobs with server-error-busy */
  busy?: number;
  /** refuses so many documents with server-error-busy, each after reading it */
  busyForDocument?: number;
  /** refuses every document with this status before reading it */
  refusesDocument?: number;
  /** refuses Create-Jobs that carry Job Template attributes */
  refusesTemplate?: boolean;
  /** drops the connection after so many octets of the document, prints those and calls the job completed */
  diesAfterOctets?: number;
  /** drops the connection after so many octets of the document and waits for the rest, nothing printed */
  dropsAfterOctets?: number;
  /** does what it was asked and drops the connection instead of answering */
  cuts?: OperationName[];
  /** answers these with octets that are no IPP */
  garbage?: OperationName[];
  /** reads these and never answers */
  silent?: OperationName[];
  /** answers everything so much later */
  lateMilliseconds?: number;
  /** answers everything with this status of HTTP */
  httpStatus?: number;
  /** no job is known for longer than this after its end */
  forgetsAfterMilliseconds?: number;
  /** stands still for a while in the middle of each job */
  stops?: { milliseconds: number; reasons: string[] };
  /** stands still for a while in the middle of each document, reading no further */
  stopsReading?: { milliseconds: number; reasons: string[] };
  /** aborts each job once its document is there */
  aborts?: { reasons: string[]; message: string };
  /** somebody at the printer cancels each job while it prints */
  cancelsAtDevice?: boolean;
  /** answers Cancel-Job with client-error-not-possible */
  refusesCancel?: boolean;
  notAccepting?: boolean;
  /** speaks IPP/1.1 only */
  isOld?: boolean;
  /** forgets names and UUIDs of jobs */
  losesNames?: boolean;
  /** does not tell time-at-processing */
  hidesProcessing?: boolean;
}
