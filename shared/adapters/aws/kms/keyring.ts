import { hkdfSync } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { Keyring } from '../../../core/ports/index.ts';
import { awsError } from '../aws-error.ts';
import { type ClientSettings, clientOptions } from '../clients.ts';
import type { StoredSecret } from '../dynamo/stored-secret.ts';

export const openKms = (settings: ClientSettings) =>
  new KMSClient(clientOptions(settings, { requestMilliseconds: 3000, attempts: 4 }));

/**
 * Keys derived from one secret of the installation. The table holds it encrypted by a key that does not leave AWS KMS; a
 * function decrypts it once.
 */
export function makeKeyring(client: KMSClient, keyId: string, stored: StoredSecret): Keyring {
  let secret: Promise<Uint8Array> | undefined;

  async function open(): Promise<Uint8Array> {
    try {
      const encrypted = (await stored.read()) ?? (await stored.keep(await make()));
      const answer = await client.send(new DecryptCommand({ KeyId: keyId, CiphertextBlob: encrypted }));
      return answer.Plaintext as Uint8Array;
    } catch (cause) {
      secret = undefined;
      throw awsError('AWS KMS', cause);
    }
  }

  async function make(): Promise<Uint8Array> {
    const made = await client.send(new GenerateDataKeyCommand({ KeyId: keyId, NumberOfBytes: 32 }));
    return made.CiphertextBlob as Uint8Array;
  }

  return {
    async keyFor(purpose) {
      secret ??= open();
      return new Uint8Array(hkdfSync('sha256', await secret, '', purpose, 32));
    },
  };
}
