import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
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
import { backoff } from '../../../protocol/backoff.ts';
import { awsError } from '../aws-error.ts';
import { chunksOf } from '../chunks.ts';
import { type ClientSettings, clientOptions, withinDeadline } from '../clients.ts';
import type { ItemKey } from './table.ts';

/*
 * The DynamoDB operations that the adapters use.
 *
 * An SDK retry of a write whose response was lost finds its own item and fails its condition. Each conditional write
 * therefore stores a unique `writtenBy`; a refusal that shows the same `writtenBy` is a success.
 */

export type Item = Record<string, AttributeValue>;

/** A table and its client. */
export interface Table {
  client: DynamoDBClient;
  name: string;
}

/** DynamoDB responds within milliseconds; a longer wait means that the connection is broken. */
export const openDynamo = (settings: ClientSettings) =>
  withinDeadline(
    new DynamoDBClient({
      ...clientOptions(settings, { requestMilliseconds: 2500, attempts: 5 }),
      accountIdEndpointMode: 'disabled',
      endpointDiscoveryEnabled: false,
    }),
  );

export const keyOf = ({ pk, sk }: ItemKey) => ({ pk: { S: pk }, sk: { S: sk } });
export const itemKeyOf = (item: Item): ItemKey => ({ pk: item.pk?.S as string, sk: item.sk?.S as string });
export const numberIn = (item: Item, attribute: string) => Number(item[attribute]?.N);

/** Awaits a response. Every error becomes `internal`, with the service's error as its cause. */
export async function orInternal<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw awsError('DynamoDB', cause);
  }
}

/** One item, strongly consistent. */
export async function readItem(table: Table, key: ItemKey): Promise<Item | undefined> {
  const command = new GetItemCommand({ TableName: table.name, Key: keyOf(key), ConsistentRead: true });
  return (await orInternal(table.client.send(command))).Item;
}

/** Awaits a conditional write: its output, or the item that failed the condition, if one exists. */
export async function conditional<T>(answer: Promise<T>): Promise<{ done: T } | { refusedBy: Item | undefined }> {
  try {
    return { done: await answer };
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return { refusedBy: cause.Item };
    throw awsError('DynamoDB', cause);
  }
}

export interface Reason {
  Code?: string;
  Item?: Item;
}

/**
 * Writes all or none. Undefined on success; if a condition fails, a cancellation reason for each write. Retries on
 * conflicts with concurrent transactions.
 */
export async function writeTransaction(table: Table, writes: TransactWriteItem[]): Promise<Reason[] | undefined> {
  // the token makes SDK retries of the transaction idempotent
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
    throw awsError('DynamoDB', cause);
  }
}

/** Pages of the partition's items whose sort key has this prefix; strongly consistent. */
export function itemsUnder(table: Table, { pk, sk }: ItemKey, limit?: number): AsyncGenerator<Item[]> {
  return pagesOf(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
    ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: sk } },
    ConsistentRead: true,
    Limit: limit,
  });
}

/** Pages of all items of a partition; strongly consistent. */
export function itemsIn(table: Table, pk: string): AsyncGenerator<Item[]> {
  return pagesOf(table, {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: pk } },
    ConsistentRead: true,
  });
}

type Query = Omit<QueryCommandInput, 'TableName'>;

export async function* pagesOf(table: Table, query: Query): AsyncGenerator<Item[]> {
  for await (const { items } of markedPagesOf(table, query)) yield items;
}

/** A page may have fewer items than `Limit`, or none, and not be the last one. */
export async function* markedPagesOf(table: Table, query: Query): AsyncGenerator<{ items: Item[]; isLast: boolean }> {
  let from: Item | undefined;
  do {
    const command = new QueryCommand({ TableName: table.name, ...query, ExclusiveStartKey: from });
    const page: QueryCommandOutput = await orInternal(table.client.send(command));
    from = page.LastEvaluatedKey;
    yield { items: page.Items ?? [], isLast: from === undefined };
  } while (from);
}

/** Every item of a table that a filter lets through. Reads the whole table: for operators, never for requests. */
export async function* scanOf(table: Table, filter: Omit<ScanCommandInput, 'TableName'>): AsyncGenerator<Item[]> {
  let from: Item | undefined;
  do {
    const command = new ScanCommand({ TableName: table.name, ...filter, ExclusiveStartKey: from });
    const page: ScanCommandOutput = await orInternal(table.client.send(command));
    yield page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from);
}

export async function allOf<T>(pages: AsyncGenerator<T[]>): Promise<T[]> {
  return (await Array.fromAsync(pages)).flat();
}

/** [Amazon DynamoDB, BatchGetItem and BatchWriteItem] */
const batchGetLimit = 100;
const batchWriteLimit = 25;

/**
 * The items of these keys, strongly consistent, in the order of the keys; missing items are left out. `attributes` limits
 * what is returned, and includes the key.
 */
export async function getAll(table: Table, keys: ItemKey[], attributes?: string): Promise<Item[]> {
  const found = new Map<string, Item>();
  const name = ({ pk, sk }: ItemKey) => `${pk} ${sk}`;
  let left = keys.map(keyOf);
  for (let round = 0; left.length > 0; round++) {
    const command = new BatchGetItemCommand({
      RequestItems: {
        [table.name]: { Keys: left.slice(0, batchGetLimit), ConsistentRead: true, ProjectionExpression: attributes },
      },
    });
    const answer = await orInternal(table.client.send(command));
    const items = answer.Responses?.[table.name] ?? [];
    for (const item of items) found.set(name(itemKeyOf(item)), item);
    const unanswered = answer.UnprocessedKeys?.[table.name]?.Keys ?? [];
    if (items.length === 0 && unanswered.length > 0) await pause(round);
    left = [...left.slice(batchGetLimit), ...(unanswered as typeof left)];
  }
  return keys.map(key => found.get(name(key))).filter(item => item !== undefined);
}

/** BatchGetItem requests at the same time. */
const batchGetsAtOnce = 16;

/** As `getAll`, for thousands of keys, in the order of the keys. */
export async function getAllSideBySide(table: Table, keys: ItemKey[], attributes?: string): Promise<Item[]> {
  const found: Item[] = [];
  for (const group of chunksOf(chunksOf(keys, batchGetLimit), batchGetsAtOnce)) {
    found.push(...(await Promise.all(group.map(some => getAll(table, some, attributes)))).flat());
  }
  return found;
}

/** Puts and deletes without conditions; not atomic. */
export async function writeAll(table: Table, requests: WriteRequest[]): Promise<void> {
  if (requests.length === 1 && requests[0]?.PutRequest) {
    const command = new PutItemCommand({ TableName: table.name, Item: requests[0].PutRequest.Item });
    await orInternal(table.client.send(command));
    return;
  }
  let left = requests;
  for (let round = 0; left.length > 0; round++) {
    const command = new BatchWriteItemCommand({ RequestItems: { [table.name]: left.slice(0, batchWriteLimit) } });
    const { UnprocessedItems } = await orInternal(table.client.send(command));
    const unwritten = UnprocessedItems?.[table.name] ?? [];
    if (unwritten.length > 0) await pause(round);
    left = [...left.slice(batchWriteLimit), ...unwritten];
  }
}

const maximumPauses = 8;
const betweenRounds = backoff(25, 3200);

/** Backs off before retrying what a throttled table left unprocessed. Throws after `maximumPauses` rounds. */
export async function pause(round: number): Promise<void> {
  if (round >= maximumPauses) throw new PrintError('internal', 'DynamoDB is throttling requests. Please try again.');
  await sleep(betweenRounds(round));
}
