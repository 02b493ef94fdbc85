import type { Ask } from '../core/domain/grant.ts';
import type { JobId, RelayId } from '../core/domain/ids.ts';
import type { JobTemplate } from '../core/domain/job-template.ts';
import type { Device, UnconfirmedPolicy } from '../core/domain/printer.ts';

/**
 * What a relay and the cloud say to each other over MQTT: JSON, QoS 1, one topic each way. Any message may come
 * twice, late, or never:
 *
 *   relay                          cloud
 *   ── fetch ────────────────────> (on each connect, and when `more` was set)
 *   <──────────────── tickets ──   (also unasked: the doorbell rings with the tickets in hand)
 *   ── acknowledge ──────────────> document is on disk and verified; final reports of other jobs go along
 *   <──── granted or refused ───   one conditional write: the job is the relay's now, or it is not; and what is noted
 *   ── acknowledge ──────────────> again before the first step of a job that had to wait, and after each restart
 *   <─ granted, refused, cancel    permission to print, good for a second (`shared/domain/grant.ts`)
 *   ── report, report ... ───────> each with a rising sequence number; the first final one says that it can wait
 *   <────────────────── noted ──   a final report is in the job's record; the journal may forget it
 *   <──────────────── inquire ──   jobs that the relay should hold and has not reported for a while
 *   ── report or unknown ────────> what became of them, as far as the journal knows
 *
 * Until it is answered a relay repeats `acknowledge`. A final report is said when the job ends, then once more along with
 * the next `acknowledge`, whose answer notes it, so that in the run of things `noted` is no message of its own. Until
 * it is noted, the relay repeats it on each connect and with back-off from many minutes on; that is answered with
 * `noted`. A relay prints nothing that was not granted.
 */

export const upTopic = (relayId: string) => `platen/relays/${relayId}/up`;
/**
 * The same, straight to the rule that takes it: nobody else listens, and AWS IoT charges no message for it. The rule's
 * `topic()` begins behind its name [AWS IoT Core, Basic Ingest].
 */
export const ingestTopic = (rule: string, relayId: string) => `$aws/rules/${rule}/${upTopic(relayId)}`;
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
  /** presigned; good for minutes: when it is refused, ask again with `fetch` and `wants` */
  url: string;
  template: JobTemplate;
  unconfirmedPolicy: UnconfirmedPolicy;
  /** an earlier attempt may have come out: say so where the printer shows job names */
  possibleDuplicate: boolean;
  /** the last number that a relay asked with about this attempt; see `shared/domain/grant.ts` */
  asked?: number;
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
  /** a final report that will go along with an acknowledgement: no `noted` is needed now */
  canWait?: boolean;
}

/** One attempt at a job. */
export interface Attempt {
  jobId: JobId;
  attempt: number;
}

export type UpMessage =
  /**
   * On connect with what the relay has and has not finished (`holds`), so that open cancels can be repeated. `lost`:
   * why its journal does not know what earlier instances held. `wants`: jobs that need a newer address; one that the
   * relay may not have any more is answered with `refused`.
   */
  | { type: 'fetch'; instance?: string; holds?: Attempt[]; lost?: string; wants?: Attempt[] }
  /** `reports`: final ones that were not noted yet, ten at most. Relays of 0.1.0 send no `Ask`. */
  | ({ type: 'acknowledge'; reports?: Report[] } & Attempt & Partial<Ask>)
  | Report
  /** the journal does not know the attempt; `why` when it never will: it is new or was damaged */
  | ({ type: 'unknown'; instance: string; why?: string } & Attempt)
  | { type: 'register'; devices: Device[] };

export type DownMessage =
  | { type: 'tickets'; tickets: Ticket[]; more: boolean }
  /** `noted`: whose reports came along; `ask`: which ask is answered */
  | ({ type: 'granted' | 'refused'; noted?: Attempt[]; ask?: number } & Attempt)
  /** asks for a job that the relay holds to be ended; the relay's report says what came of it */
  | ({ type: 'cancel'; noted?: Attempt[] } & Attempt)
  | ({ type: 'noted' } & Attempt)
  | { type: 'inquire'; jobs: Attempt[] };

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
  /** where the relay speaks; `upTopic` of its id for relays that were told none */
  upTopic?: string;
}
