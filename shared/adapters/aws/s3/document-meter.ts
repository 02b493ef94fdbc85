import { createHash } from 'node:crypto';
import { type StoredDocument, sniffedOctets, sniffFormat } from '../../../core/domain/document.ts';

/** Computes size, digest and format of a document from its octets, added in order. */
export class DocumentMeter {
  readonly #digest = createHash('sha256');
  #head = Buffer.alloc(0);
  #octets = 0;

  add(bytes: Uint8Array): void {
    if (this.#head.length < sniffedOctets) {
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, sniffedOctets - this.#head.length)]);
    }
    this.#digest.update(bytes);
    this.#octets += bytes.length;
  }

  /** Call once, after the last octets. */
  document(key: string): StoredDocument {
    return { key, octets: this.#octets, sha256: this.#digest.digest('hex'), format: sniffFormat(this.#head) };
  }
}
