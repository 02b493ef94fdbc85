import { DecryptCommand, type GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { expect, it } from 'vitest';
import { makeKeyring } from '../../../../shared/adapters/aws/kms/keyring.ts';

/** A keyring whose table is empty, with what AWS KMS was asked for. The service fails as often as `failures` says. */
function openKeyring(failures = 0) {
  const asked: object[] = [];
  let left = failures;
  let stored: Uint8Array | undefined;
  const send = async (command: DecryptCommand | GenerateDataKeyCommand) => {
    asked.push(command.input);
    if (left-- > 0) throw Object.assign(new Error('away'), { name: 'KMSInternalException', $metadata: {} });
    const octets = new Uint8Array(32).fill(7);
    return command instanceof DecryptCommand ? { Plaintext: octets } : { CiphertextBlob: octets };
  };
  const keyring = makeKeyring({ send } as unknown as KMSClient, 'the-key', {
    read: async () => stored,
    keep: async encrypted => {
      stored = encrypted;
      return encrypted;
    },
  });
  return { keyring, asked };
}
const encrypted = new Uint8Array(32).fill(7);

it('a keyring makes its secret once, and decrypts it once for all its keys', async () => {
  const { keyring, asked } = openKeyring();

  const keys = await Promise.all(
    (['share-links', 'share-links', 'stream-tickets'] as const).map(purpose => keyring.keyFor(purpose)),
  );

  expect(asked).toEqual([
    { KeyId: 'the-key', NumberOfBytes: 32 },
    { KeyId: 'the-key', CiphertextBlob: encrypted },
  ]);
  expect(keys.map(key => key.length)).toEqual([32, 32, 32]);
  expect(keys[0]).toEqual(keys[1]);
  expect(keys[0]).not.toEqual(keys[2]);
});

it('a keyring asks again after a failure', async () => {
  const { keyring, asked } = openKeyring(1);

  await expect(keyring.keyFor('share-links')).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('AWS KMS'),
  });

  expect(await keyring.keyFor('share-links')).toHaveLength(32);
  expect(asked).toHaveLength(3);
});
