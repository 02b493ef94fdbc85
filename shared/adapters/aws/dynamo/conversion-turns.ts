import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { CompanyId } from '../../../core/domain/ids.ts';
import { functions, queues } from '../../../protocol/service-table.ts';
import { log } from '../../../telemetry/log.ts';
import { allOf, conditional, type Item, itemKeyOf, itemsUnder, keyOf, numberIn, type Table } from './dynamo.ts';
import { turnItem, turnsOf } from './table.ts';

/*
 * A company's share of the conversions at one time: each holds one of a few numbered items of its company. A turn that is
 * not ended, because its process ended first, expires when `render` must have ended too.
 */

/** Half of what the queue gives out, as on one machine. */
export const turnsPerCompany = queues.prepare.concurrency / 2;
const turnMilliseconds = functions.render.timeoutSeconds * 1000;
const keptSeconds = 24 * 60 * 60;

export function makeConversionTurns(table: Table, now: () => number) {
  return {
    /** Undefined if the company has all that it may have. */
    async take(companyId: CompanyId) {
      const at = now();
      const items = await allOf(itemsUnder(table, turnsOf(companyId)));
      const held = new Set(items.filter(item => numberIn(item, 'until') > at).map(item => itemKeyOf(item).sk));
      const all = Array.from({ length: turnsPerCompany }, (_, turn) => turnItem(companyId, turn));
      for (const key of all.filter(({ sk }) => !held.has(sk))) {
        const token = randomUUID();
        if (!(await put(table, { ...keyOf(key), token: { S: token } }, at))) continue;
        return {
          renew: () => renew(table, keyOf(key), token, now()),
          end: () => end(table, keyOf(key), token),
        };
      }
      return undefined;
    },
  };
}

const untilOf = (at: number) => ({ N: String(at + turnMilliseconds) });

async function put(table: Table, item: Item, at: number): Promise<boolean> {
  const expiresAt = { N: String(Math.floor((at + turnMilliseconds) / 1000) + keptSeconds) };
  const command = new PutItemCommand({
    TableName: table.name,
    Item: { ...item, until: untilOf(at), expiresAt },
    ConditionExpression: 'attribute_not_exists(pk) OR #until <= :now',
    ExpressionAttributeNames: { '#until': 'until' },
    ExpressionAttributeValues: { ':now': { N: String(at) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const outcome = await conditional(table.client.send(command));
  return 'done' in outcome || outcome.refusedBy?.token?.S === item.token?.S;
}

/** Before another call of `render`. A turn that has expired may be another conversion's by now, and stays so. */
async function renew(table: Table, key: Item, token: string, at: number): Promise<void> {
  const command = new UpdateItemCommand({
    TableName: table.name,
    Key: key,
    UpdateExpression: 'SET #until = :until',
    ConditionExpression: '#token = :token',
    ExpressionAttributeNames: { '#token': 'token', '#until': 'until' },
    ExpressionAttributeValues: { ':token': { S: token }, ':until': untilOf(at) },
  });
  await conditional(table.client.send(command));
}

/** A turn that has expired may be another conversion's by now. */
async function end(table: Table, key: Item, token: string): Promise<void> {
  const command = new DeleteItemCommand({
    TableName: table.name,
    Key: key,
    ConditionExpression: '#token = :token',
    ExpressionAttributeNames: { '#token': 'token' },
    ExpressionAttributeValues: { ':token': { S: token } },
  });
  // it expires
  await conditional(table.client.send(command)).catch(error => log.warn('turn-not-ended', { error }));
}
