import type { AwsConfig } from '../../../protocol/config.ts';

export interface BucketAddress {
  /** `https:` or, at an endpoint of one's own, whatever that has */
  protocol: string;
  /** with the port, if it is not the protocol's own */
  host: string;
  /** escaped, from the first slash */
  pathOf(key: string): string;
}

/** Where a bucket's objects are. Other addresses than S3's own know no bucket by its host name. */
export function bucketAddress({
  region,
  endpoint,
  bucket,
}: Pick<AwsConfig, 'region' | 'endpoint' | 'bucket'>): BucketAddress {
  const { protocol, host, pathname } = new URL(endpoint ?? `https://${bucket}.s3.${region}.amazonaws.com`);
  const folder = endpoint ? `${pathname.replace(/\/$/, '')}/${bucket}/` : '/';
  return { protocol, host, pathOf: key => folder + key.split('/').map(escaped).join('/') };
}

/** All but letters, digits and `-_.~` [RFC 3986 2.3]. */
export const escaped = (words: string) =>
  encodeURIComponent(words).replace(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
