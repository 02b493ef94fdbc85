import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dayOf } from '../../../core/domain/company.ts';
import type { StoredOctets } from '../../../core/ports/index.ts';
import { allOf, conditional, itemsUnder, keyOf, numberIn, type Table } from './dynamo.ts';
import { storedItem, storedOf } from './table.ts';

/*
 * What companies with a quota of stored octets have stored, in an item for each day. Nothing is subtracted for what was
 * deleted, since that would cost a write for each document.
 */

/** Most documents are kept for a day or two; those of a job may be on hold for 30 days, and then wait for a relay. */
const keptDays = 36;
const daySeconds = 24 * 60 * 60;

export function makeStoredOctets(table: Table, now: () => number): StoredOctets {
  return {
    async add(companyId, octets, atMost) {
      const at = now();
      const today = storedItem(companyId, dayOf(at));
      const oldest = storedItem(companyId, dayOf(at) - keptDays + 1).sk;
      const items = await allOf(itemsUnder(table, storedOf(companyId)));
      // DynamoDB may delete expired items days later
      const earlier = items.filter(({ sk }) => (sk?.S as string) >= oldest && sk?.S !== today.sk);
      const room =
        atMost === undefined
          ? undefined
          : earlier.reduce((left, item) => left - numberIn(item, 'octets'), atMost) - octets;
      // the condition passes if no item exists yet
      if (room !== undefined && room < 0) return false;
      const counting = new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(today),
        UpdateExpression: 'ADD octets :octets SET expiresAt = :expiresAt',
        ConditionExpression: room === undefined ? undefined : 'attribute_not_exists(pk) OR octets <= :room',
        ExpressionAttributeValues: {
          ':octets': { N: String(octets) },
          ':expiresAt': { N: String(Math.floor(at / 1000) + (keptDays + 1) * daySeconds) },
          ...(room === undefined ? {} : { ':room': { N: String(room) } }),
        },
      });
      return 'done' in (await conditional(table.client.send(counting)));
    },
  };
}
