import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import type { RelayId } from '../../../core/domain/ids.ts';
import { writePrivateFile } from '../private-file.ts';

/** The command line may revoke a relay while the server runs; its connection ends within this time. */
const pollMilliseconds = 1000;

/** The relays that may not connect any more, in a file that the server and the command line share. */
export class RevokedRelays {
  readonly #path: string;
  readonly #relays = new Set<string>();
  #read = '';
  #written: Promise<void> = Promise.resolve();

  constructor(certificatesFolder: string) {
    this.#path = join(certificatesFolder, 'revoked-relays.json');
  }

  has(relayId: string): boolean {
    return this.#current().has(relayId);
  }

  async add(relayId: RelayId): Promise<void> {
    const written = this.#written.then(() => writePrivateFile(this.#path, [...this.#current().add(relayId)]));
    this.#written = written.catch(() => {});
    await written;
    this.#notify();
  }

  /** Calls back for each relay as it is revoked, by any process, until the function that is answered is called. */
  onRevoked(listener: (relayId: RelayId) => void): () => void {
    this.#listeners.add(listener);
    this.#known = new Set(this.#current());
    watchFile(this.#path, { interval: pollMilliseconds, persistent: false }, this.#notify);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) unwatchFile(this.#path, this.#notify);
    };
  }

  readonly #listeners = new Set<(relayId: RelayId) => void>();
  /** those that listeners were called for */
  #known = new Set<string>();

  readonly #notify = () => {
    const fresh = [...this.#current()].filter(relayId => !this.#known.has(relayId));
    for (const relayId of fresh) {
      this.#known.add(relayId);
      for (const listener of this.#listeners) listener(relayId as RelayId);
    }
  };

  /** A relay is revoked for ever, so the file only grows: its length tells two writes within one tick of the clock apart. */
  #current(): Set<string> {
    const file = statSync(this.#path, { throwIfNoEntry: false });
    const version = file ? `${file.mtimeMs} ${file.size}` : this.#read;
    if (version !== this.#read) {
      for (const relayId of JSON.parse(readFileSync(this.#path, 'utf8'))) this.#relays.add(relayId);
      this.#read = version;
    }
    return this.#relays;
  }
}
