import { createHash } from 'node:crypto';

export interface TakenDocument {
  octets: number;
  sha256: string;
  /** empty where only the digest is kept */
  document: Buffer;
}

/** A document on its way into a printer double, which keeps it, or its digest only where it is too large for that. */
export class Intake {
  octets = 0;
  readonly #digest = createHash('sha256');
  readonly #chunks: Buffer[] | undefined;

  constructor(digestOnly = false) {
    this.#chunks = digestOnly ? undefined : [];
  }

  add(chunk: Buffer): void {
    this.octets += chunk.length;
    this.#digest.update(chunk);
    this.#chunks?.push(chunk);
  }

  end(): TakenDocument {
    return { octets: this.octets, sha256: this.#digest.digest('hex'), document: Buffer.concat(this.#chunks ?? []) };
  }
}
