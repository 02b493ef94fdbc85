declare const brand: unique symbol;
type Id<Noun extends string> = string & { readonly [brand]: Noun };

/** A company: the customer whose things no other may see. */
export type CompanyId = Id<'company'>;
/** A relay: one certificate, one location. Also its MQTT client id and thing name. */
export type RelayId = Id<'relay'>;
/** 128 random bits as 32 hex digits: a job's address and, for ScriptX downloads, its only secret. */
export type JobId = Id<'job'>;
export type UploadId = Id<'upload'>;

const token = /^[0-9a-f]{32}$/;

/** Ids are 32 lower-case hex digits on the way in too, whatever case a client remembered them in. */
function parseToken<T extends string>(text: string): T | undefined {
  const lower = text.toLowerCase();
  return token.test(lower) ? (lower as T) : undefined;
}

export const parseJobId = (text: string) => parseToken<JobId>(text);
export const parseUploadId = (text: string) => parseToken<UploadId>(text);
