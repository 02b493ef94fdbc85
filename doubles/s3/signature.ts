import { createHmac, hash } from 'node:crypto';
import { S3Error } from './s3-error.ts';

/*
 * S3's check of a request's signature [AWS Signature Version 4]: in its headers, or in the query of a presigned address.
 * Written after the specification and not after the adapter's own signer.
 */

export interface SignedRequest {
  method: string;
  /** path and query as sent */
  target: string;
  headers: Record<string, string | undefined>;
}

export interface Secret {
  accessKeyId: string;
  secretAccessKey: string;
}

/** How far the clock of a signer may be off, and the longest life of an address. */
const skewMilliseconds = 15 * 60_000;
const longestSeconds = 7 * 24 * 60 * 60;

interface Claim {
  credential: string;
  time: string;
  signedHeaders: string[];
  signature: string;
  payload: string;
}

/** @throws S3Error */
export function checkSignature(request: SignedRequest, secret: Secret, now: number): void {
  const query = new URL(request.target, 'http://s3').searchParams;
  const isPresigned = query.has('X-Amz-Signature');
  const claim = isPresigned ? claimOfQuery(query) : claimOfHeaders(request.headers);
  checkTime(claim, isPresigned ? Number(query.get('X-Amz-Expires')) : undefined, now);
  const required = Object.keys(request.headers).filter(name => name.startsWith('x-amz-'));
  const missing = ['host', ...required].filter(name => !claim.signedHeaders.includes(name));
  if (missing.length > 0) throw new S3Error(403, 'AccessDenied', `Headers not signed: ${missing}`);
  const [accessKeyId, date, region, service, end] = claim.credential.split('/');
  const isOurs = accessKeyId === secret.accessKeyId && service === 's3' && end === 'aws4_request';
  if (!isOurs || !claim.time.startsWith(date as string))
    throw new S3Error(400, 'AuthorizationHeaderMalformed', claim.credential);
  const scope = [date, region, service, end] as string[];
  const words = ['AWS4-HMAC-SHA256', claim.time, scope.join('/'), hash('sha256', canonical(request, claim))].join('\n');
  const key = scope.reduce<Buffer | string>(hmac, `AWS4${secret.secretAccessKey}`);
  if (hmac(key, words).toString('hex') !== claim.signature)
    throw new S3Error(403, 'SignatureDoesNotMatch', 'The request signature does not match.');
}

function claimOfQuery(query: URLSearchParams): Claim {
  const value = (name: string) => query.get(`X-Amz-${name}`) ?? '';
  return {
    credential: value('Credential'),
    time: value('Date'),
    signedHeaders: value('SignedHeaders').split(';'),
    signature: value('Signature'),
    payload: value('Content-Sha256') || 'UNSIGNED-PAYLOAD',
  };
}

function claimOfHeaders(headers: SignedRequest['headers']): Claim {
  const form = /^AWS4-HMAC-SHA256 Credential=(.+), SignedHeaders=(.+), Signature=([0-9a-f]{64})$/;
  const [, credential, signedHeaders, signature] = form.exec(headers.authorization ?? '') ?? [];
  if (!credential || !signedHeaders || !signature) throw new S3Error(403, 'AccessDenied', 'Access Denied');
  const [time = '', payload = ''] = [headers['x-amz-date'], headers['x-amz-content-sha256']];
  return { credential, time, signedHeaders: signedHeaders.split(';'), signature, payload };
}

function checkTime({ time }: Claim, expiresSeconds: number | undefined, now: number): void {
  const at = Date.parse(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(at) || at > now + skewMilliseconds) throw new S3Error(403, 'RequestTimeTooSkewed', time);
  if (expiresSeconds === undefined && at < now - skewMilliseconds) throw new S3Error(403, 'RequestTimeTooSkewed', time);
  if (expiresSeconds === undefined) return;
  if (!(expiresSeconds >= 1 && expiresSeconds <= longestSeconds))
    throw new S3Error(400, 'AuthorizationQueryParametersError', `X-Amz-Expires=${expiresSeconds}`);
  if (now >= at + expiresSeconds * 1000) throw new S3Error(403, 'AccessDenied', 'Request has expired');
}

function canonical({ method, target, headers }: SignedRequest, { signedHeaders, payload }: Claim): string {
  const [path = '', query = ''] = target.split('?');
  const pairs = query
    .split('&')
    .filter(pair => pair !== '' && !pair.startsWith('X-Amz-Signature='))
    .map(pair => (pair.includes('=') ? pair : `${pair}=`));
  const lines = signedHeaders.map(name => `${name}:${headers[name]?.trim() ?? ''}\n`);
  return [method, path, pairs.toSorted().join('&'), lines.join(''), signedHeaders.join(';'), payload].join('\n');
}

const hmac = (key: Buffer | string, words: string): Buffer => createHmac('sha256', key).update(words).digest();
