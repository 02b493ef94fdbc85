import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { conditional, keyOf, orInternal, type Table } from './dynamo.ts';
import { keyringItem } from './table.ts';

/** The encrypted secret of the installation. */
export interface StoredSecret {
  read(): Promise<Uint8Array | undefined>;
  /** Stores it unless there is one, and returns the stored one. */
  keep(encrypted: Uint8Array): Promise<Uint8Array>;
}

export function makeStoredSecret(table: Table): StoredSecret {
  const Key = keyOf(keyringItem);
  return {
    async read() {
      const command = new GetItemCommand({ TableName: table.name, Key, ConsistentRead: true });
      return (await orInternal(table.client.send(command))).Item?.secret?.B;
    },
    async keep(encrypted) {
      const outcome = await conditional(
        table.client.send(
          new PutItemCommand({
            TableName: table.name,
            Item: { ...Key, secret: { B: encrypted } },
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return 'done' in outcome ? encrypted : (outcome.refusedBy?.secret?.B as Uint8Array);
    },
  };
}
