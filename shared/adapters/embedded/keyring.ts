import { hkdfSync } from 'node:crypto';
import type { Keyring } from '../../core/ports/index.ts';
import { secretIn } from './data-folder.ts';

/** Keys derived from one secret file of the data folder. */
export function makeKeyring(folder: string): Keyring {
  const secret = secretIn(folder, 'keyring.secret');
  return {
    async keyFor(purpose) {
      return new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32));
    },
  };
}
