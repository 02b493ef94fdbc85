import { createHash } from 'node:crypto';
import { type StoredDocument, sniffedOctets, sniffFormat } from '../../../core/domain/document.ts';

/** Takes in a document's octets in their order, and tells what is known of it afterwards. */
export class Measure {
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

  /** Once, at the end. */
  document(key: string): StoredDocument {
    return { key, octets: this.#octets, sha256: this.#digest.digest('hex'), format: sniffFormat(this.#head) };
  }
}
