import type { Ask } from '../core/domain/grant.ts';
import type { JobId, RelayId } from '../core/domain/ids.ts';
import type { JobTemplate } from '../core/domain/job-template.ts';
import type { Device, UnconfirmedPolicy } from '../core/domain/printer.ts';

/**
 * The MQTT protocol between a relay and the cloud: JSON, QoS 1, one topic in each direction. Any message may be
 * repeated, late or lost:
 *
 *   relay                          cloud
 *   ── fetch ────────────────────> on each connect, and if `more` was set
 *   <──────────────── tickets ──   also without a fetch: the doorbell; or that the relay is the standby
 *   ── acknowledge ──────────────> the document is on disk and verified; includes final reports of other jobs
 *   <──── granted or refused ───   one conditional write grants the job to the relay, or not; includes `noted`
 *   ── acknowledge ──────────────> again before the first step of a job that had to wait, and after each restart
 *   <─ granted, refused, cancel    permission to print, valid for a second (`shared/core/domain/grant.ts`)
 *   ── report, report ... ───────> each with a higher sequence number; the first final one has `canWait`
 *   <────────────────── noted ──   a final report is recorded; the relay may delete its journal entry
 *   <──────────────── inquire ──   jobs that the relay should hold and has not reported for a while
 *   ── report or unknown ────────> their state, as far as the journal contains it
 *   <─────────────── identify ──   the device shows which one it is; there is no answer
 *
 * A relay repeats `acknowledge` until it is answered. It sends a final report when the job ends, and again with the
 * next `acknowledge`, whose answer confirms it; so usually no separate `noted` is needed. Until it is confirmed, the
 * relay repeats the report on each connect, and with a back-off of many minutes; those are answered by `noted`. A relay
 * prints only granted jobs. A standby fetches again after the time that the answer names, and gets tickets once it has
 * taken over.
 */

/** The name of MQTT in a TLS handshake at port 443 [AWS IoT Core, "Device communication protocols"]. */
export const mqttProtocol = 'x-amzn-mqtt-ca';

/** A relay that has nothing to send pings the broker as often. */
export const keepaliveSeconds = 30;

export const upTopic = (relayId: string) => `platen/relays/${relayId}/up`;
/**
 * The same topic, sent directly to the rule: no other subscriber receives it, and AWS IoT does not bill a message. The
 * rule's `topic()` begins after its name [AWS IoT Core, Basic Ingest].
 */
export const ingestTopic = (rule: string, relayId: string) => `$aws/rules/${rule}/${upTopic(relayId)}`;
export const downTopic = (relayId: string) => `platen/relays/${relayId}/down`;

/** What the relay needs to print one job. Tickets of a printer arrive, and are printed, in `sequence` order. */
export interface Ticket {
  jobId: JobId;
  /** counts from 1; ignore answers for another attempt */
  attempt: number;
  deviceId: string;
  /** the printer's order of acceptance */
  sequence: number;
  /** job-name for people; the relay appends a token of its own */
  name: string;
  /** media type of the document */
  format: string;
  octets: number;
  /** lower-case hex */
  sha256: string;
  /** presigned, valid for minutes; if it is refused, request another with `fetch` and `wants` */
  url: string;
  template: JobTemplate;
  unconfirmedPolicy: UnconfirmedPolicy;
  /** an earlier attempt may have been printed: indicate it in the job name */
  possibleDuplicate: boolean;
  /** the last number in a relay's ask about this attempt; see `shared/core/domain/grant.ts` */
  asked?: number;
  /** sequence of the last report about this attempt, if there is one: the relay that had the job has forgotten it */
  reported?: number;
}

/** States that a relay may report, in IPP's terms [RFC 8011 5.3.7]. */
export type ReportedState = 'processing' | 'processing-stopped' | 'completed' | 'canceled' | 'aborted';

export interface Report {
  type: 'report';
  jobId: JobId;
  attempt: number;
  /** counts the reports of the attempt, from 1 */
  sequence: number;
  state: ReportedState;
  /** `job-printing`, `printer-stopped`, `media-empty`, `delivery-unconfirmed`, `document-format-error` ... */
  reasons: string[];
  message?: string;
  /** what was not printed as asked, in sentences */
  warnings?: string[];
  /** the relay's clock, milliseconds since 1970 */
  at: number;
  /** the final report will be repeated with an acknowledgement: do not answer with `noted` now */
  canWait?: boolean;
}

/** One attempt at a job. */
export interface Attempt {
  jobId: JobId;
  attempt: number;
}

export type UpMessage =
  /**
   * `holds`: unfinished jobs, sent on connect, so that open cancels can be repeated. `lost`: why the journal lacks jobs
   * of earlier instances. `wants`: jobs that need a new address; `refused` is the answer for a job that the relay may no
   * longer have.
   */
  | { type: 'fetch'; instance?: string; holds?: Attempt[]; lost?: string; wants?: Attempt[] }
  /** `reports`: unconfirmed final reports, at most ten. Relays of 0.1.0 send no `Ask`. */
  | ({ type: 'acknowledge'; reports?: Report[] } & Attempt & Partial<Ask>)
  | Report
  /** the journal does not contain the attempt; `why` if it never will: it is new or was damaged */
  | ({ type: 'unknown'; instance: string; why?: string } & Attempt)
  | { type: 'register'; devices: Device[] };

export type DownMessage =
  /** `standby`: the location's other relay is active; relays of 0.1.0 ignore it and get no tickets */
  | { type: 'tickets'; tickets: Ticket[]; more: boolean; standby?: { fetchAgainMilliseconds: number } }
  /** `noted`: the jobs whose reports were included and recorded; `ask`: the ask that is answered */
  | ({ type: 'granted' | 'refused'; noted?: Attempt[]; ask?: number } & Attempt)
  /** requests that the relay end a job; the relay's report states the outcome. `ask`: if it answers one */
  | ({ type: 'cancel'; noted?: Attempt[]; ask?: number } & Attempt)
  | ({ type: 'noted' } & Attempt)
  | { type: 'inquire'; jobs: Attempt[] }
  /** has a device show which one it is; sent only for devices that are registered as able to, which older relays never do */
  | { type: 'identify'; deviceId: string };

/**
 * What the relay of one machine asks its server for, over the channel between the processes: a code. `invite`: for a relay
 * that has no identity. `return`: for one that lost its place, once the place is free.
 */
export type InvitationRequest = 'invite' | 'return';

/** `POST /platen/v1/relays/enrol`: exchanges a one-time code and a PKCS #10 request for an identity. */
export interface EnrolRequest {
  code: string;
  /** PEM; the private key never leaves the relay's machine */
  csr: string;
  /** PEM, by which the relay proves itself later; relays of 0.1.0 send none and cannot renew their certificate */
  publicKey?: string;
}

/** `POST /platen/v1/relays/renew`: another certificate for a relay whose own ends soon. */
export interface RenewRequest {
  relayId: RelayId;
  csr: string;
  /** milliseconds since 1970 */
  at: number;
  /** of `renewalText`, ECDSA or RSA with SHA-256, base64 */
  signature: string;
}

export const renewalText = ({ relayId, at, csr }: Omit<RenewRequest, 'signature'>) => `${relayId}\n${at}\n${csr}`;

export interface EnrolAnswer {
  relayId: RelayId;
  locationId: string;
  /** PEM, the relay's certificate */
  certificate: string;
  /** PEM, to verify the broker */
  ca: string;
  mqtt: { host: string; port: number };
  /** topic for the relay's messages; default: `upTopic` of its id, for relays that enrolled without one */
  upTopic?: string;
}
