import type { JobId, RelayId } from './domain/ids.ts';
import type { JobTemplate } from './domain/job-template.ts';
import type { Device, UnconfirmedPolicy } from './domain/printer.ts';

/**
 * What a relay and the cloud say to each other over MQTT: JSON, QoS 1, one topic each way. Any message may come
 * twice, late, or never:
 *
 *   relay                          cloud
 *   ── fetch ────────────────────> (on each connect, and when `more` was set)
 *   <──────────────── tickets ──   (also unasked: the doorbell rings with the tickets in hand)
 *   ── acknowledge ──────────────> document is on disk and verified
 *   <──── granted or refused ───   one conditional write: the job is the relay's now, or it is not
 *   ── report, report ... ───────> each with a rising sequence number
 *   <────────────────── noted ──   a final report is in the job's record; the journal may forget it
 *
 * Until `noted`, a relay repeats a final report on each connect and with back-off; until `granted` it may repeat
 * `acknowledge`. A relay prints nothing that was not granted.
 */

export const upTopic = (relayId: string) => `platen/relays/${relayId}/up`;
export const downTopic = (relayId: string) => `platen/relays/${relayId}/down`;

/** What the relay needs to print one job. Tickets of one printer come, and are printed, in `sequence` order. */
export interface Ticket {
  jobId: JobId;
  /** counts from 1; an answer to another attempt is not for us */
  attempt: number;
  deviceId: string;
  /** the printer's order of acceptance */
  sequence: number;
  /** job-name for people; the relay adds its own token */
  name: string;
  /** media type of the document */
  format: string;
  octets: number;
  /** lower-case hex */
  sha256: string;
  /** presigned; good for minutes: when it is refused, ask again with `fetch` */
  url: string;
  template: JobTemplate;
  unconfirmedPolicy: UnconfirmedPolicy;
  /** an earlier attempt may have come out: say so where the printer shows job names */
  possibleDuplicate: boolean;
}

/** States that a relay may report; the words are the job's own [RFC 8011 5.3.7]. */
export type ReportedState = 'processing' | 'processing-stopped' | 'completed' | 'canceled' | 'aborted';

export interface Report {
  type: 'report';
  jobId: JobId;
  attempt: number;
  /** rises by one with each report of the attempt, from 1 */
  sequence: number;
  state: ReportedState;
  /** `job-printing`, `printer-stopped`, `media-empty`, `delivery-unconfirmed`, `document-format-error` ... */
  reasons: string[];
  message?: string;
  /** the relay's clock, milliseconds since 1970 */
  at: number;
}

export type UpMessage =
  | { type: 'fetch' }
  | { type: 'acknowledge'; jobId: JobId; attempt: number }
  | Report
  | { type: 'register'; devices: Device[] };

export type DownMessage =
  | { type: 'tickets'; tickets: Ticket[]; more: boolean }
  | { type: 'granted'; jobId: JobId; attempt: number }
  | { type: 'refused'; jobId: JobId; attempt: number }
  /** asks for a job that the relay holds to be ended; the relay's report says what came of it */
  | { type: 'cancel'; jobId: JobId; attempt: number }
  | { type: 'noted'; jobId: JobId; attempt: number };

/** `POST /platen/v1/relays/enrol`: a one-time code and a PKCS #10 request in, an identity out. */
export interface EnrolRequest {
  code: string;
  /** PEM; the key that signed it never leaves the relay's machine */
  csr: string;
}

export interface EnrolAnswer {
  relayId: RelayId;
  locationId: string;
  /** PEM, the relay's own */
  certificate: string;
  /** PEM, to check the broker with */
  ca: string;
  mqtt: { host: string; port: number };
}
