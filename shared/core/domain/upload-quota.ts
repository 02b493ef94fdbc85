import { maximumDocumentOctets } from './document.ts';
import { PrintError } from './errors.ts';
import type { UploadSession } from './upload-session.ts';

/*
 * What a company may have under way at once, so that no client, however wrong, fills the store. An open upload keeps
 * room reserved until it ends: for all that was announced or, in segments, of which nobody knows how many will come, in
 * steps that double. What is sent again counts again, since it is stored again.
 */

export interface UploadQuota {
  /** of one document */
  documentOctets: number;
  openSessions: number;
  /** reserved by all open sessions together */
  octetsInFlight: number;
}

const gibibyte = 1024 ** 3;

/** For companies of whom nothing else is said. As many sessions as their first reservations fill. */
export const usualUploadQuota: UploadQuota = {
  documentOctets: maximumDocumentOctets,
  openSessions: 2048,
  octetsInFlight: 32 * gibibyte,
};

const firstReservedOctets = 16 * 1024 * 1024;
/** A client that sends everything twice is told so before it has sent it thrice. */
const sendingsOfADocument = 2;

export const quotaOf = ({ uploadQuota }: { uploadQuota?: Partial<UploadQuota> }): UploadQuota => ({
  ...usualUploadQuota,
  ...uploadQuota,
});

/** What a session has from the beginning when nobody knows how large it will be. */
export const firstReservation = ({ documentOctets }: UploadQuota) =>
  Math.min(firstReservedOctets, documentOctets * sendingsOfADocument);

/** What a session must have reserved to take in `octets` more. Throws when it has had its share. */
export function reservationFor(session: UploadSession, octets: number, quota: UploadQuota): number {
  const needed = session.stagedOctets + octets;
  const most = quota.documentOctets * sendingsOfADocument;
  if (needed > most) {
    throw new PrintError('too-many', `This upload has sent ${most} bytes, repeats counted, which is all that it may.`);
  }
  let reserved = Math.max(session.reservedOctets, firstReservation(quota));
  while (reserved < needed) reserved *= 2;
  return Math.min(reserved, most);
}

export function checkDocumentOctets(octets: number, { documentOctets }: UploadQuota): void {
  if (octets <= documentOctets) return;
  throw new PrintError('too-large', `A document may have at most ${documentOctets} bytes.`);
}

/** What an upload store says when an upload does not fit. */
export type QuotaReached = 'too-many-sessions' | 'too-many-octets';

/** The session, if there was room for it. */
export function admitted(outcome: UploadSession | QuotaReached, quota: UploadQuota): UploadSession {
  if (typeof outcome === 'object') return outcome;
  const limits: Record<QuotaReached, string> = {
    'too-many-sessions': `At most ${quota.openSessions} uploads may be open at once.`,
    'too-many-octets': `All open uploads together may have at most ${quota.octetsInFlight} bytes.`,
  };
  throw new PrintError('too-many', `${limits[outcome]} Finish some, or wait until they expire.`);
}
