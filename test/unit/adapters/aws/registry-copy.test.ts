import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, type GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTable } from '../../../../doubles/aws-resources.ts';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { office, someCompany, someLocation, somePrinter, someToken } from '../../../../doubles/samples.ts';
import { openDynamo, writeAll } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';
import { makeRegistry } from '../../../../shared/adapters/aws/dynamo/registry.ts';
import { makeStoredSecret } from '../../../../shared/adapters/aws/dynamo/stored-secret.ts';
import { makeKeyring } from '../../../../shared/adapters/aws/kms/keyring.ts';

/*
 * What the drill in docs/deploy.md finds when a region is lost. Emulators have no backups, and decrypt with any key: items
 * are copied one by one, as a backup and its restore do, and a key of AWS KMS decrypts only what it encrypted.
 */

/** One symmetric key [AWS KMS, Decrypt: IncorrectKeyException]. */
function keyManager(id: string): KMSClient {
  const prefix = Buffer.from(id);
  const send = async (command: DecryptCommand | GenerateDataKeyCommand) => {
    if (!(command instanceof DecryptCommand)) return { CiphertextBlob: Buffer.concat([prefix, randomBytes(32)]) };
    const encrypted = Buffer.from(command.input.CiphertextBlob as Uint8Array);
    if (!encrypted.subarray(0, prefix.length).equals(prefix))
      throw Object.assign(new Error('The key ID in the request does not identify a CMK.'), {
        name: 'IncorrectKeyException',
      });
    return { Plaintext: encrypted.subarray(prefix.length) };
  };
  return { send } as unknown as KMSClient;
}

/** The key of the item that the drill deletes. */
function deletedKey() {
  const page = readFileSync(resolve(import.meta.dirname, '../../../../docs/deploy.md'), 'utf8');
  const [, key] = /delete-item --table-name \$T --key '(.*)'/.exec(page) ?? [];
  return JSON.parse(key as string);
}

describe('the registry of a lost region, restored in another one', () => {
  let dynamo: Awaited<ReturnType<typeof startStrictDynamo>>;
  beforeAll(async () => {
    dynamo = await startStrictDynamo();
  });
  afterAll(() => dynamo.close());

  async function openRegion(name: string) {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const client = openDynamo({ region: 'us-east-1', credentials, endpoint: dynamo.endpoint });
    const table = { client, name: await createTable(client, 'registry', `registry-${someToken()}`) };
    const stored = makeStoredSecret(table);
    // as a function that starts
    const keyring = () => makeKeyring(keyManager(name), name, stored);
    return { table, registry: makeRegistry(table), keyring };
  }

  type Region = Awaited<ReturnType<typeof openRegion>>;
  let lost: Region;
  let restored: Region;
  const companyId = someCompany();
  const key = { digest: someToken() + someToken(), companyId, name: 'erp', scopes: ['print' as const], createdAt: 1 };

  beforeEach(async () => {
    [lost, restored] = await Promise.all([openRegion('lost'), openRegion('restored')]);
    await lost.registry.putKey(key);
    await lost.registry.saveLocation(someLocation(companyId, office.locationId));
    await lost.registry.savePrinter(somePrinter(companyId, office));
    await lost.keyring().keyFor('share-links');
    const { Items = [] } = await lost.table.client.send(new ScanCommand({ TableName: lost.table.name }));
    const requests = Items.map(Item => ({ PutRequest: { Item } }));
    await writeAll(restored.table, requests);
  });

  it('has the keys and printers', async () => {
    expect(await restored.registry.getKey(key.digest)).toEqual(key);
    expect(await restored.registry.listPrinters(companyId)).toEqual(await lost.registry.listPrinters(companyId));
  });

  it('has a secret that only the lost region decrypts, until the drill has deleted it', async () => {
    await expect(restored.keyring().keyFor('share-links')).rejects.toMatchObject({ code: 'internal' });

    const { client, name } = restored.table;
    await client.send(new DeleteItemCommand({ TableName: name, Key: deletedKey() }));

    expect(await restored.keyring().keyFor('share-links')).toHaveLength(32);
  });
});
