import { createCipheriv, createDecipheriv } from 'node:crypto';

/** [NIST SP 800-38D 5.2.1.1] */
const [nonceOctets, tagOctets] = [12, 16];

/** Encrypts octets with a key of 32 octets, bound to what they belong to. The nonce may never be used again. */
export function seal(key: Uint8Array, octets: Uint8Array, owner: string, nonce: Uint8Array): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(owner));
  return Buffer.concat([nonce, cipher.update(octets), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Throws for octets that were changed, belong to something else, or were sealed with another key. */
export function unseal(key: Uint8Array, sealed: string, owner: string): Buffer {
  const octets = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, octets.subarray(0, nonceOctets))
    .setAAD(Buffer.from(owner))
    .setAuthTag(octets.subarray(-tagOctets));
  return Buffer.concat([decipher.update(octets.subarray(nonceOctets, -tagOctets)), decipher.final()]);
}

export const sealNonceOctets = nonceOctets;
