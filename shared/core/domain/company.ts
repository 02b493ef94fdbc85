import { PrintError } from './errors.ts';
import type { CompanyId, RelayId } from './ids.ts';
import type { UploadQuota } from './upload-quota.ts';

export interface Company {
  companyId: CompanyId;
  name: string;
  active: boolean;
  /** where it differs from `defaultUploadQuota` */
  uploadQuota?: Partial<UploadQuota>;
  /** jobs of a day in UTC; undefined: no limit */
  jobsPerDay?: number;
  /** of documents that are kept; undefined: no limit */
  storedOctets?: number;
  version: number;
}

/**
 * What a key may do. `print` is for client programs and includes `read`; `admin` manages locations, printers and keys;
 * `preview` shows pages of documents.
 */
export const scopes = ['print', 'read', 'admin', 'preview'] as const;
export type Scope = (typeof scopes)[number];

/** Every key may read what its company has, but not the documents. `admin` makes keys of any scope, and so includes `preview`. */
export const allows = (granted: readonly Scope[], needed: Scope) =>
  needed === 'read' || granted.includes(needed) || (needed === 'preview' && granted.includes('admin'));

/** A credential as stored: the digest, never the key itself. */
export interface Key {
  /** SHA-256 of the normalised key, lower-case hex */
  digest: string;
  companyId: CompanyId;
  name: string;
  scopes: Scope[];
  createdAt: number;
  expiresAt?: number;
  /** the file that keeps the secret: a server makes this key again when it starts */
  keptIn?: string;
}

/** A key, and when it was used: the last use may be up to an hour later. */
export type ListedKey = Key & { lastUsedAt?: number };

/** How people and paths name a key: the beginning of its digest. */
export const keyIdOf = ({ digest }: Pick<Key, 'digest'>) => digest.slice(0, 12);

/** The authenticated caller. */
export interface Principal {
  /** names the key in logs: the first digits of its digest */
  keyId?: string;
  /** the key's name, shown in the history of jobs */
  keyName?: string;
  companyId: CompanyId;
  scopes: Scope[];
  uploadQuota?: Partial<UploadQuota>;
  jobsPerDay?: number;
  storedOctets?: number;
}

/** The identity of a relay. One location each; a location has at most two. */
export interface Relay {
  relayId: RelayId;
  companyId: CompanyId;
  locationId: string;
  createdAt: number;
  revoked: boolean;
  /** PEM; absent for relays that enrolled with release 0.1.0 */
  publicKey?: string;
  /** its location has or had a second relay, so the location says which one is active */
  shares?: boolean;
}

/** A one-time invitation for a relay. The first certificate request that shows it binds it to its own key. */
export interface EnrolmentCode {
  /** SHA-256 of the code, lower-case hex */
  digest: string;
  companyId: CompanyId;
  locationId: string;
  expiresAt: number;
  /** also when a relay is connected there by then */
  replace?: boolean;
  /** for the second relay of the location */
  standby?: boolean;
  /** of the location, from then on */
  takeOverSeconds?: number;
  /** set by the first use: a retry with the same CSR succeeds, any other use fails */
  usedBy?: { csrDigest: string; relayId: RelayId };
}

/** One key serves all dialects. ScriptX clients send a GUID in any letter case, with or without braces. */
export function normalizeKey(text: string): string {
  return text
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .toLowerCase();
}

const dayMilliseconds = 24 * 60 * 60 * 1000;
/** Days in UTC since 1970. */
export const dayOf = (at: number) => Math.floor(at / dayMilliseconds);

export const jobsOfDayUsed = (jobsPerDay: number | undefined, at: number) =>
  new PrintError(
    'rate-limited',
    `The company may make ${jobsPerDay} jobs a day, and this would be more. Submit it again after midnight UTC.`,
    { retryAfterSeconds: Math.ceil(((dayOf(at) + 1) * dayMilliseconds - at) / 1000) },
  );

export const storeIsFull = (storedOctets: number) =>
  new PrintError(
    'too-many',
    `The company may keep ${storedOctets} bytes of documents, and this would be more. Wait until some have been deleted, or ask the operator for a larger quota.`,
  );

export const creditsSpent = () => new PrintError('credits-spent', 'The company has no credits left.');
