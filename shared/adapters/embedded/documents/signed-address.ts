import { createHmac, timingSafeEqual } from 'node:crypto';
import { plainFileName } from '../../../protocol/content-disposition.ts';

/*
 * Addresses that are their own credential: `<public address>/storage/<what>.<signature>`. What may be done, to what and
 * until when stands in the address, as JSON in base64url, under an HMAC with a secret that only this machine has.
 */

/** What an address allows. */
export type Grant =
  | { kind: 'read'; key: string; format?: string; fileName?: string }
  | { kind: 'write'; key: string }
  | { kind: 'part'; key: string; multipartId: string; part: number };

export const storagePath = '/storage/';

/** Of a file name, in UTF-8: leaves room for the rest in an address of 1,000 characters. */
const fileNameOctets = 200;

export class AddressSigner {
  readonly #secret: Buffer;
  readonly #publicUrl: () => string;
  readonly #now: () => number;

  constructor(secret: Buffer, publicUrl: () => string, now: () => number) {
    this.#secret = secret;
    this.#publicUrl = publicUrl;
    this.#now = now;
  }

  sign(grant: Grant, expiresSeconds: number): string {
    const until = Math.floor(this.#now() / 1000) + expiresSeconds;
    const named =
      grant.kind === 'read'
        ? { ...grant, fileName: grant.fileName && plainFileName(grant.fileName, fileNameOctets) }
        : grant;
    const what = Buffer.from(JSON.stringify({ until, ...named })).toString('base64url');
    return `${this.#publicUrl().replace(/\/$/, '')}${storagePath}${what}.${this.#signature(what).toString('base64url')}`;
  }

  /** What this path allows now; undefined when it was not signed here, was changed, or is over. */
  verify(path: string): Grant | undefined {
    const [what = '', signature = ''] = path.slice(storagePath.length).split('.');
    const shown = Buffer.from(signature, 'base64url');
    const right = this.#signature(what);
    if (shown.length !== right.length || !timingSafeEqual(shown, right)) return undefined;
    const { until, ...grant } = JSON.parse(Buffer.from(what, 'base64url').toString());
    return this.#now() < until * 1000 ? grant : undefined;
  }

  #signature(what: string): Buffer {
    return createHmac('sha256', this.#secret).update(what).digest();
  }
}
