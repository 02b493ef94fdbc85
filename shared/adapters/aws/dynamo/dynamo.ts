import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  ScanCommand,
  type ScanCommandInput,
  type ScanCommandOutput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { PrintError } from '../../../core/domain/errors.ts';
import { clientOptions, type Surroundings } from '../clients.ts';
import type { ItemKey } from './table.ts';

/*
 * DynamoDB in the few forms that are needed here.
 *
 * A write that is sent again after its answer was lost finds its own work there and fails its condition. So each
 * conditional write carries a word of its own, `writtenBy`, and a refusal that shows this word is a success.
 */

export type Item = Record<string, AttributeValue>;

/** A table, and who is asked for it. */
export interface Table {
  client: DynamoDBClient;
  name: string;
}

/** Answers come in a few milliseconds, or something is wrong with this connection. */
export const openDynamo = (surroundings: Surroundings) =>
  new DynamoDBClient({
    ...clientOptions(surroundings, { requestMilliseconds: 2500, attempts: 5 }),
    accountIdEndpointMode: 'disabled',
    endpointDiscoveryEnabled: false,
  });

export const keyOf = ({ pk, sk }: ItemKey) => ({ pk: { S: pk }, sk: { S: sk } });
export const itemKeyOf = (item: Item): ItemKey => ({ pk: item.pk?.S as string, sk: item.sk?.S as string });
export const numberIn = (item: Item, attribute: string) => Number(item[attribute]?.N);

/** Waits for an answer. What is not expected becomes `internal`, and the service's own words go to the log. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new PrintError('internal', 'The table does not answer.', { cause });
  }
}

/** Waits for a conditional write: what it answered, or the item that stood in its way, if any does. */
export async function tried<T>(answer: Promise<T>): Promise<{ done: T } | { refusedBy: Item | undefined }> {
  try {
    return { done: await answer };
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return { refusedBy: cause.Item };
    throw new PrintError('internal', 'The table does not answer.', { cause });
  }
}

export interface Reason {
  Code?: string;
  Item?: Item;
}

/**
 * All of these writes or none. Undefined when they are done; when a condition refuses them, a reason for each. Who else
 * writes there at the same time is waited for.
 */
export async function transacted(table: Table, writes: TransactWriteItem[]): Promise<Reason[] | undefined> {
  // with the same word the same transaction is done once, however often it is sent
  const command = new TransactWriteItemsCommand({ TransactItems: writes, ClientRequestToken: randomUUID() });
  for (let round = 0; ; round++) {
    const reasons = await cancellation(table.client.send(command));
    if (reasons === undefined || reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) return reasons;
    await pause(round);
  }
}

async function cancellation(answer: Promise<unknown>): Promise<Reason[] | undefined> {
  try {
    await answer;
    return undefined;
  } catch (cause) {
    if (cause instanceof TransactionCanceledException) return cause.CancellationReasons ?? [];
    throw new PrintError('internal', 'The table does not answer.', { cause });
  }
}

/** Items of a partition whose sort key begins as given; strongly consistent; page by page. */
export function itemsUnder(table: Table, { pk, sk }: ItemKey, limit?: number): AsyncGenerator<Item[]> {
  return pagesOf(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
    ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: sk } },
    ConsistentRead: true,
    Limit: limit,
  });
}

export async function* pagesOf(table: Table, query: Omit<QueryCommandInput, 'TableName'>): AsyncGenerator<Item[]> {
  let from: Item | undefined;
  do {
    const command = new QueryCommand({ TableName: table.name, ...query, ExclusiveStartKey: from });
    const page: QueryCommandOutput = await asked(table.client.send(command));
    yield page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from);
}

/** Every item of a table that a filter lets through. Reads the whole table: for operators, never for requests. */
export async function* scanOf(table: Table, filter: Omit<ScanCommandInput, 'TableName'>): AsyncGenerator<Item[]> {
  let from: Item | undefined;
  do {
    const command = new ScanCommand({ TableName: table.name, ...filter, ExclusiveStartKey: from });
    const page: ScanCommandOutput = await asked(table.client.send(command));
    yield page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from);
}

export async function allOf<T>(pages: AsyncGenerator<T[]>): Promise<T[]> {
  return (await Array.fromAsync(pages)).flat();
}

/** [Amazon DynamoDB, BatchGetItem and BatchWriteItem] */
const gottenAtOnce = 100;
const writtenAtOnce = 25;

/** The items of these keys, strongly consistent, in the order of the keys; without those that are not there. */
export async function getAll(table: Table, keys: ItemKey[]): Promise<Item[]> {
  const found = new Map<string, Item>();
  const name = ({ pk, sk }: ItemKey) => `${pk} ${sk}`;
  let left = keys.map(keyOf);
  for (let round = 0; left.length > 0; round++) {
    const command = new BatchGetItemCommand({
      RequestItems: { [table.name]: { Keys: left.slice(0, gottenAtOnce), ConsistentRead: true } },
    });
    const answer = await asked(table.client.send(command));
    const items = answer.Responses?.[table.name] ?? [];
    for (const item of items) found.set(name(itemKeyOf(item)), item);
    const unanswered = answer.UnprocessedKeys?.[table.name]?.Keys ?? [];
    if (items.length === 0 && unanswered.length > 0) await pause(round);
    left = [...left.slice(gottenAtOnce), ...(unanswered as typeof left)];
  }
  return keys.map(key => found.get(name(key))).filter(item => item !== undefined);
}

/** Puts and deletes without conditions; not all or none. */
export async function writeAll(table: Table, requests: WriteRequest[]): Promise<void> {
  if (requests.length === 1 && requests[0]?.PutRequest) {
    const command = new PutItemCommand({ TableName: table.name, Item: requests[0].PutRequest.Item });
    await asked(table.client.send(command));
    return;
  }
  let left = requests;
  for (let round = 0; left.length > 0; round++) {
    const command = new BatchWriteItemCommand({ RequestItems: { [table.name]: left.slice(0, writtenAtOnce) } });
    const { UnprocessedItems } = await asked(table.client.send(command));
    const unwritten = UnprocessedItems?.[table.name] ?? [];
    if (unwritten.length > 0) await pause(round);
    left = [...left.slice(writtenAtOnce), ...unwritten];
  }
}

const pausesAtMost = 8;

/** Before going on with what a throttled table left undone: longer each time, and not for ever. */
export async function pause(round: number): Promise<void> {
  if (round >= pausesAtMost) throw new PrintError('internal', 'The table is too busy. Please try again.');
  await sleep(Math.random() * 25 * 2 ** round);
}
