import type { Device } from '../../shared/core/domain/printer.ts';
import type { ReportedState, Ticket } from '../../shared/protocol/relay-protocol.ts';

/**
 * An output device. Each kind (ipp, socket, folder) is a file in this folder that exports a function from a URI to an
 * `OutputDevice`. A device reports only outcomes that it observed on the wire.
 */
export interface OutputDevice {
  readonly deviceId: string;
  readonly uri: string;
  /** Whether the printer can be asked for a job of ours that the journal knows nothing of. Absent: no. */
  readonly remembersJobs?: boolean;

  /** Queries the printer's attributes and state. Never throws: without an answer it is `unknown` with reason `offline`. */
  describe(signal: AbortSignal): Promise<Device>;

  /**
   * Prints one spooled document. Calls `step` and waits for it before each action that the journal must know of
   * first; calls `progress` when the printer's own story of the job changes. Aborting `signal` asks to cancel the
   * job at the printer; the outcome says what came of it. Throws only on a defect.
   */
  print(request: PrintRequest): Promise<PrintOutcome>;

  /** Has the printer show which one it is. Absent where no protocol can ask for that. Throws when it was not done. */
  identify?(): Promise<void>;

  /** After a crash: determines the outcome of a job from its last journalled step. Sends no document. */
  recover(request: RecoverRequest): Promise<PrintOutcome | NotSent>;
}

/** The document, or its next copy, was not sent. */
export interface NotSent {
  kind: 'not-sent';
  /** copies that are known to have come out; absent: as in the last step */
  copiesDone?: number;
}

export interface PrintRequest {
  ticket: Ticket;
  /** the verified document on local disk */
  path: string;
  /** copies that came out before, as the journal knows; absent: none */
  copiesDone?: number;
  step: (step: DeviceStep) => Promise<void>;
  progress: (progress: Progress) => void;
  /** The printer takes other jobs while this one is followed. */
  letOthersPass?: () => void;
  signal: AbortSignal;
}

export interface RecoverRequest {
  ticket: Ticket;
  step: DeviceStep;
  progress: (progress: Progress) => void;
  letOthersPass?: () => void;
  signal: AbortSignal;
}

/**
 * Journalled before the action that it names:
 * submitting - about to ask the printer for a job (or to open the socket, or to name the file)
 * created    - the printer's job-id is known; about to send the first byte of the document
 * sent       - every byte was accepted (IPP: Send-Document was answered; socket: the peer closed after us)
 */
export type DeviceStep = {
  /** of those that are sent one after another: how many had come out before this step, or with it when it is `sent` */
  copiesDone?: number;
  /** of those that are sent one after another: how many there are */
  copies?: number;
} & (
  | { step: 'submitting'; jobName: string; printerUuid?: string }
  | { step: 'created'; jobName: string; printerUuid?: string; printerJobId?: number; printerJobUuid?: string }
  | { step: 'sent'; jobName: string; printerUuid?: string; printerJobId?: number; printerJobUuid?: string }
);

export interface Progress {
  state: Extract<ReportedState, 'processing' | 'processing-stopped'>;
  /** `job-printing`, `printer-stopped`, `media-empty` ... */
  reasons: string[];
  message?: string;
}

export type PrintOutcome =
  /** the document was accepted and the printer said completed (raw: peer closed; folder: file is in place) */
  | { kind: 'completed'; message?: string; warnings?: string[] }
  /** canceled before any mark on paper, or by a person at the printer */
  | { kind: 'canceled'; message?: string }
  /** refused for good; printing again would be refused again */
  | { kind: 'aborted'; reasons: string[]; message: string }
  /** bytes may have reached the printer, and the outcome cannot be known */
  | { kind: 'unconfirmed'; message: string }
  /** nothing was sent: busy (0x0507), refused, unreachable. Not an attempt; try again after a while. */
  | { kind: 'retry'; reasons: string[]; message: string };

/** job-name as the printer shows it, with the token by which a job is found again after a crash. */
export function deviceJobName(ticket: Pick<Ticket, 'jobId' | 'attempt'>): string {
  return `${ticket.jobId}.${ticket.attempt}`;
}

/** The same of a document that is sent as several jobs, after `done` of them. */
export function partJobName(ticket: Ticket, done: number): string {
  return `${deviceJobName(ticket)}${done > 0 ? `-${done + 1}` : ''}`;
}
