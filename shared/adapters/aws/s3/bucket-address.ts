import type { AwsConfig } from '../../../protocol/config.ts';

export interface BucketAddress {
  /** `https:`, or the protocol of a custom endpoint */
  protocol: string;
  /** with the port, unless it is the protocol's default */
  host: string;
  /** escaped; begins with a slash */
  pathOf(key: string): string;
}

/** The address of a bucket: virtual-hosted style on S3, path style on a custom endpoint. */
export function bucketAddress({
  region,
  endpoint,
  bucket,
}: Pick<AwsConfig, 'region' | 'endpoint' | 'bucket'>): BucketAddress {
  const { protocol, host, pathname } = new URL(endpoint ?? `https://${bucket}.s3.${region}.${suffixOf(region)}`);
  const folder = endpoint ? `${pathname.replace(/\/$/, '')}/${bucket}/` : '/';
  return { protocol, host, pathOf: key => folder + key.split('/').map(escaped).join('/') };
}

/** [AWS General Reference, "AWS service endpoints"] */
const suffixOf = (region: string) => (region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com');

/** Escapes everything except letters, digits and `-_.~` [RFC 3986 2.3]. */
export const escaped = (words: string) =>
  encodeURIComponent(words).replace(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
