import { maximumDocumentOctets } from './document.ts';
import { PrintError } from './errors.ts';
import type { UploadSession } from './upload-session.ts';

/*
 * Limits of a company's open uploads, so that no client can fill the store. An open upload reserves room until it ends:
 * the announced size, or, for segments whose number is unknown, an amount that doubles as needed. Retransmissions count
 * again, since they are stored again.
 */

export interface UploadQuota {
  /** of one document */
  documentOctets: number;
  openSessions: number;
  /** reserved by all open sessions together */
  octetsInFlight: number;
}

const gibibyte = 1024 ** 3;

/** For companies without their own quota. The session limit times the first reservation equals the octet limit. */
export const defaultUploadQuota: UploadQuota = {
  documentOctets: maximumDocumentOctets,
  openSessions: 2048,
  octetsInFlight: 32 * gibibyte,
};

const firstReservedOctets = 16 * 1024 * 1024;
/** A client that sends everything twice is refused before it sends it a third time. */
const sendingsOfADocument = 2;

export const quotaOf = ({ uploadQuota }: { uploadQuota?: Partial<UploadQuota> }): UploadQuota => ({
  ...defaultUploadQuota,
  ...uploadQuota,
});

/** The initial reservation of a session of unknown size. */
export const firstReservation = ({ documentOctets }: UploadQuota) =>
  Math.min(firstReservedOctets, documentOctets * sendingsOfADocument);

/** The reservation a session needs to accept `octets` more. Throws `too-many` at its limit. */
export function reservationFor(session: UploadSession, octets: number, quota: UploadQuota): number {
  const needed = session.stagedOctets + octets;
  const most = quota.documentOctets * sendingsOfADocument;
  if (needed > most) {
    throw new PrintError(
      'too-many',
      `Upload limit reached: at most ${most} bytes may be sent, including retransmissions.`,
    );
  }
  let reserved = Math.max(session.reservedOctets, firstReservation(quota));
  while (reserved < needed) reserved *= 2;
  return Math.min(reserved, most);
}

export function checkDocumentOctets(octets: number, { documentOctets }: UploadQuota): void {
  if (octets <= documentOctets) return;
  throw new PrintError('too-large', `The document is too large: at most ${documentOctets} bytes are allowed.`);
}

/** Why an upload store refused a session. */
export type QuotaReached = 'too-many-sessions' | 'too-many-octets';

/** Returns the admitted session, or throws `too-many`. */
export function admitted(outcome: UploadSession | QuotaReached, quota: UploadQuota): UploadSession {
  if (typeof outcome === 'object') return outcome;
  const limits: Record<QuotaReached, string> = {
    'too-many-sessions': `Too many open uploads: at most ${quota.openSessions} are allowed.`,
    'too-many-octets': `Open uploads are too large: together they may have at most ${quota.octetsInFlight} bytes.`,
  };
  throw new PrintError('too-many', `${limits[outcome]} Complete or abort some, or wait until they expire.`);
}
