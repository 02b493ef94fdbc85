import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { conditional, keyOf, type Table } from './dynamo.ts';
import type { ItemKey } from './table.ts';

export interface Addition {
  attribute: 'jobs' | 'octets';
  amount: number;
  /** what the count may have reached before; undefined: no limit */
  room: number | undefined;
  /** milliseconds since 1970 */
  at: number;
  keptSeconds: number;
}

/** Adds to the count of a day, or leaves it if there is no room. Returns whether it did. */
export async function addToDay(table: Table, key: ItemKey, addition: Addition): Promise<boolean> {
  const { attribute, amount, room, at, keptSeconds } = addition;
  // the condition passes if no item exists yet
  if (room !== undefined && room < 0) return false;
  const adding = new UpdateItemCommand({
    TableName: table.name,
    Key: keyOf(key),
    UpdateExpression: `ADD ${attribute} :amount SET expiresAt = :expiresAt`,
    ConditionExpression: room === undefined ? undefined : `attribute_not_exists(pk) OR ${attribute} <= :room`,
    ExpressionAttributeValues: {
      ':amount': { N: String(amount) },
      ':expiresAt': { N: String(Math.floor(at / 1000) + keptSeconds) },
      ...(room === undefined ? {} : { ':room': { N: String(room) } }),
    },
  });
  return 'done' in (await conditional(table.client.send(adding)));
}
