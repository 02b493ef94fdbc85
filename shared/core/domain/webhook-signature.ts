import { createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';

/*
 * Signatures of Standard Webhooks 1.0.0. `v1` is HMAC-SHA256 with a secret that both sides know; `v1a` is Ed25519, for
 * receivers that should hold no secret. Both keys are 32 octets: the secret, or the seed of a key pair.
 */

export type Signing = 'v1' | 'v1a';

/** A DER header that makes a PKCS #8 key of a seed [RFC 8410 7]. */
const pkcs8Header = Buffer.from('302e020100300506032b657004220420', 'hex');

const privateKeyOf = (seed: Uint8Array) =>
  createPrivateKey({ key: Buffer.concat([pkcs8Header, seed]), format: 'der', type: 'pkcs8' });

/** What a receiver needs to check signatures: `whsec_...` or `whpk_...`. */
export function receiversKey(signing: Signing, key: Uint8Array): { secret: string } | { publicKey: string } {
  if (signing === 'v1') return { secret: `whsec_${Buffer.from(key).toString('base64')}` };
  const { x = '' } = createPublicKey(privateKeyOf(key)).export({ format: 'jwk' });
  return { publicKey: `whpk_${Buffer.from(x, 'base64url').toString('base64')}` };
}

export interface SignedRequest {
  id: string;
  body: string;
  /** of this try, milliseconds since 1970 */
  at: number;
}

/** The headers of one try, with one signature for each key. */
export function signatureHeaders(signing: Signing, keys: Uint8Array[], { id, body, at }: SignedRequest) {
  const timestamp = String(Math.floor(at / 1000));
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  const signatureBy = (key: Uint8Array) =>
    signing === 'v1' ? createHmac('sha256', key).update(content).digest() : sign(null, content, privateKeyOf(key));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map(key => `${signing},${signatureBy(key).toString('base64')}`).join(' '),
  };
}
