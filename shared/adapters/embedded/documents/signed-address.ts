import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { plainFileName } from '../../../protocol/content-disposition.ts';

/*
 * Addresses that contain their credential: `<public address>/storage/<grant>.<signature>`. The grant (operation,
 * document and expiry) is JSON in base64url, signed by HMAC with a secret of this machine.
 */

/** What an address permits. */
export type Grant =
  | { kind: 'read'; key: string; format?: string; fileName?: string }
  | { kind: 'write'; key: string }
  // release 0.1.0 signed no octets
  | { kind: 'part'; key: string; multipartId: string; part: number; octets?: number };

export const storagePath = '/storage/';

/** UTF-8 octets of a file name, which leaves room for the rest within 1,000 characters. */
const fileNameOctets = 200;

export class AddressSigner {
  readonly #secret: KeyObject;
  readonly #publicUrl: () => string;
  readonly #now: () => number;

  constructor(secret: Buffer, publicUrl: () => string, now: () => number) {
    // made once: of a buffer each signature would make one of its own, which costs more than the signature
    this.#secret = createSecretKey(secret);
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

  /** Returns the grant of a path; undefined if it is malformed, changed or expired. */
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
