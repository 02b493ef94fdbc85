import type { operations } from '../shared/ipp/tags.ts';

export type OperationName = keyof typeof operations;

/** Behaviour observed on real printers. Each can be switched on and off while the double runs. */
export interface Traps {
  /** refuses this many Create-Jobs with server-error-busy */
  busy?: number;
  /** refuses this many documents with server-error-busy, each after reading it */
  busyForDocument?: number;
  /** refuses every document with this status before reading it */
  refusesDocument?: number;
  /** refuses Create-Jobs with Job Template attributes */
  refusesTemplate?: boolean;
  /** answers Create-Job and Print-Job without the job that it made */
  namesNoJob?: boolean;
  /** drops the connection after this many octets of the document, prints those and reports the job as completed */
  diesAfterOctets?: number;
  /** drops the connection after this many octets of the document, prints nothing and waits for the rest */
  dropsAfterOctets?: number;
  /** executes these operations and drops the connection instead of answering */
  cuts?: OperationName[];
  /** answers these operations with octets that are not IPP */
  garbage?: OperationName[];
  /** reads these operations and never answers */
  silent?: OperationName[];
  /** delays every answer */
  lateMilliseconds?: number;
  /** answers every request with this HTTP status */
  httpStatus?: number;
  /** forgets jobs this long after their end */
  forgetsAfterMilliseconds?: number;
  /** pauses in the middle of each job */
  stops?: { milliseconds: number; reasons: string[] };
  /** pauses reading in the middle of each document */
  stopsReading?: { milliseconds: number; reasons: string[] };
  /** aborts each job after receiving its document, at once or after it has processed it for a while */
  aborts?: { reasons: string[]; message: string; afterMilliseconds?: number };
  /** cancels each job at the printer while it prints */
  cancelsAtDevice?: boolean;
  /** answers Cancel-Job with client-error-not-possible */
  refusesCancel?: boolean;
  notAccepting?: boolean;
  /** supports IPP/1.1 only */
  isOld?: boolean;
  /** omits names and UUIDs of jobs */
  losesNames?: boolean;
  /** omits time-at-processing */
  hidesProcessing?: boolean;
}
