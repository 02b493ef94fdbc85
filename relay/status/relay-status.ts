import type { PrinterState } from '../../shared/core/domain/printer.ts';

/** What a person at the site may know of a relay: no names of documents, no credentials. Plain data, served as JSON. */
export interface RelayStatus {
  version: string;
  /** absent: not enrolled yet */
  enrolled?: { relayId: string; location: string; role: 'active' | 'standby'; certificateEnds: string };
  connection?: {
    isConnected: boolean;
    /** milliseconds since 1970 */
    since: number;
    /** where the server was reached, or why it was not */
    detail: string;
  };
  printers: PrinterStatus[];
  /** those that are held, then those that ended last */
  jobs: JobStatus[];
  /** what a person has to do, in sentences */
  advice: string[];
}

export interface PrinterStatus {
  name: string;
  address: string;
  /** what the printer says it is */
  model?: string;
  state: PrinterState;
  reasons: string[];
  /** the same for people: `is out of paper` */
  words: string;
  waitingJobs: number;
}

export interface JobStatus {
  id: string;
  attempt: number;
  printer?: string;
  isEnded: boolean;
  state: string;
  reasons: string[];
  message?: string;
  /** milliseconds since 1970, of the last report */
  at?: number;
}
