import { createHmac, hash } from 'node:crypto';
import type { AwsConfig } from '../../../protocol/config.ts';
import { bucketAddress, escaped } from './bucket-address.ts';

/*
 * Presigned addresses of one bucket [AWS Signature Version 4, "Authenticating requests: using query parameters"]. A
 * relay needs dozens and a large upload thousands, and the SDK's signer takes about 400 microseconds each. The signing
 * key is valid for a day and cached, so one address costs one digest and one HMAC.
 */

export interface PresignedRequest {
  method: 'GET' | 'PUT';
  key: string;
  expiresSeconds: number;
  /** the request's own parameters: `partNumber`, `response-content-type` ... */
  query?: Record<string, string>;
  /** the only Content-Length that the address takes; default: any */
  octets?: number;
}

export type Presigner = (request: PresignedRequest) => string;

type Options = Pick<AwsConfig, 'region' | 'credentials' | 'endpoint' | 'bucket'> & { now: () => number };

export function makePresigner({ region, credentials, endpoint, bucket, now }: Options): Presigner {
  const { protocol, host, pathOf } = bucketAddress({ region, endpoint, bucket });
  const token = credentials.sessionToken ? `&X-Amz-Security-Token=${escaped(credentials.sessionToken)}` : '';
  let day = '';
  let scope = '';
  let signingKey: Buffer = Buffer.alloc(0);

  const turnTo = (date: string) => {
    day = date;
    scope = `${day}/${region}/s3/aws4_request`;
    const words = [day, region, 's3', 'aws4_request'];
    signingKey = words.reduce<Buffer>(hmac, Buffer.from(`AWS4${credentials.secretAccessKey}`));
  };

  return ({ method, key, expiresSeconds, query = {}, octets }) => {
    const time = `${new Date(now()).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
    if (time.slice(0, 8) !== day) turnTo(time.slice(0, 8));
    const path = pathOf(key);
    const [length, signed] =
      octets === undefined ? ['', 'host'] : [`content-length:${octets}\n`, 'content-length;host'];
    // SigV4 requires sorted parameters: lower-case names sort after `X-Amz-`
    const words =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD' +
      `&X-Amz-Credential=${escaped(`${credentials.accessKeyId}/${scope}`)}` +
      `&X-Amz-Date=${time}&X-Amz-Expires=${expiresSeconds}${token}&X-Amz-SignedHeaders=${escaped(signed)}${sorted(query)}`;
    const canonical = `${method}\n${path}\n${words}\n${length}host:${host}\n\n${signed}\nUNSIGNED-PAYLOAD`;
    const signature = hmac(signingKey, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonical)}`);
    return `${protocol}//${host}${path}?${words}&X-Amz-Signature=${signature.toString('hex')}`;
  };
}

const sorted = (query: Record<string, string>) =>
  Object.keys(query)
    .toSorted()
    .map(name => `&${name}=${escaped(query[name] as string)}`)
    .join('');

const hmac = (key: Buffer, words: string): Buffer => createHmac('sha256', key).update(words).digest();
