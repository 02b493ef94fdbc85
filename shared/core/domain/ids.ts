declare const brand: unique symbol;
type Id<Noun extends string> = string & { readonly [brand]: Noun };

/** A company: the tenant whose data is isolated from all others. */
export type CompanyId = Id<'company'>;
/**
 * A relay: one certificate, one location. Also its MQTT client id and IoT thing name. 32 hex digits, in AWS after a prefix of
 * the environment.
 */
export type RelayId = Id<'relay'>;
/** 128 random bits as 32 hex digits. ScriptX downloads have no other secret. */
export type JobId = Id<'job'>;
export type UploadId = Id<'upload'>;

const token = /^[0-9a-f]{32}$/;

/** Ids are 32 hex digits; upper case is accepted and converted to lower case. */
function parseToken<T extends string>(text: string): T | undefined {
  const lower = text.toLowerCase();
  return token.test(lower) ? (lower as T) : undefined;
}

export const parseJobId = (text: string) => parseToken<JobId>(text);
export const parseUploadId = (text: string) => parseToken<UploadId>(text);
