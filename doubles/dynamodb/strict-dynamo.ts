import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type TableName, tables } from '../../shared/adapters/aws/dynamo/table.ts';
import { type ListeningServer, startServer } from '../listening-server.ts';
import { Expressions, type Item, type Placeholders } from './expressions.ts';
import { nameOf, pick, StrictTable } from './table.ts';
import { ValidationError } from './values.ts';

/*
 * DynamoDB for unit tests: the operations that the adapters use, over HTTP, in memory. It is stricter than emulators. It
 * refuses what DynamoDB refuses, and does what DynamoDB may do but seldom does: pages are short, batches are taken in
 * parts. Tables are named `<kind>-<anything>`, and exist from their first use.
 */

interface Write extends Placeholders {
  TableName: string;
  Key?: Item;
  Item?: Item;
  ConditionExpression?: string;
  UpdateExpression?: string;
  ReturnValues?: string;
  ReturnValuesOnConditionCheckFailure?: string;
}

interface Read extends Placeholders {
  TableName: string;
  IndexName?: string;
  Key?: Item;
  KeyConditionExpression?: string;
  FilterExpression?: string;
  ProjectionExpression?: string;
  ScanIndexForward?: boolean;
  ConsistentRead?: boolean;
  ExclusiveStartKey?: Item;
  Limit?: number;
}

type WriteKind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

/** A write that is checked and may be carried out. */
interface Prepared {
  isPermitted: boolean;
  old: Item | undefined;
  /** undefined: deletes it; absent: changes nothing */
  next?: Item | undefined;
  /** attributes that an update names */
  changed?: string[];
  carryOut: () => void;
}

class ConditionFailed extends Error {
  readonly item: Item | undefined;
  constructor(item: Item | undefined) {
    super('The conditional request failed');
    this.item = item;
  }
}

class Canceled extends Error {
  readonly reasons: { Code: string; Item?: Item }[];
  constructor(reasons: { Code: string; Item?: Item }[]) {
    super('Transaction cancelled');
    this.reasons = reasons;
  }
}

/** Pages of a query hold at most 1 MB; here they hold few items. */
const pageItems = 7;

export async function startStrictDynamo(): Promise<ListeningServer> {
  const service = new Service();
  return await startServer((request, response) => answer(service, request, response));
}

async function answer(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const operation = `${request.headers['x-amz-target']}`.split('.')[1] ?? '';
  const respond = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  try {
    respond(200, service.handle(operation, (await json(request)) as never) ?? {});
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof ConditionFailed)
      respond(400, { __type: '#ConditionalCheckFailedException', message, Item: error.item });
    else if (error instanceof Canceled)
      respond(400, { __type: '#TransactionCanceledException', message, CancellationReasons: error.reasons });
    else if (error instanceof ValidationError) respond(400, { __type: '#ValidationException', message });
    // not a server error, which the client would repeat
    else respond(400, { __type: '#DoubleFailedException', message: `${(error as Error).stack}` });
  }
}

class Service {
  readonly #tables = new Map<string, StrictTable>();
  /** of transactions that are done, with what they wrote */
  readonly #tokens = new Map<string, string>();
  #batches = 0;

  handle(operation: string, input: never): object | undefined {
    switch (operation) {
      case 'CreateTable':
        return { TableDescription: {} };
      case 'GetItem':
        return this.#getItem(input);
      case 'Query':
        return this.#query(input);
      case 'Scan':
        return this.#scan(input);
      case 'PutItem':
        return this.#write('Put', input);
      case 'UpdateItem':
        return this.#write('Update', input);
      case 'DeleteItem':
        return this.#write('Delete', input);
      case 'BatchGetItem':
        return this.#batchGet(input);
      case 'BatchWriteItem':
        return this.#batchWrite(input);
      case 'TransactWriteItems':
        return this.#transact(input);
      default:
        throw new Error(`${operation} is not implemented.`);
    }
  }

  #table(name: string): StrictTable {
    const kind = name.split('-')[0] as TableName;
    const table = this.#tables.get(name) ?? new StrictTable(tables[kind]);
    this.#tables.set(name, table);
    return table;
  }

  #getItem({ TableName, Key, ProjectionExpression, ConsistentRead = false, ...rest }: Read): object {
    const expressions = new Expressions(placeholdersOf(rest));
    const names = expressions.projection(ProjectionExpression);
    expressions.checkUse();
    const item = this.#table(TableName).get(Key as Item, ConsistentRead);
    return item ? { Item: names ? pick(item, names) : item } : {};
  }

  #query({ TableName, IndexName, KeyConditionExpression, ...rest }: Read): object {
    const {
      FilterExpression,
      ProjectionExpression,
      ScanIndexForward,
      ConsistentRead: isConsistent = false,
      ExclusiveStartKey,
      Limit,
      ...more
    } = rest;
    const table = this.#table(TableName);
    const index = table.indexNamed(IndexName);
    if (index && isConsistent)
      throw new ValidationError('Consistent reads are not supported on global secondary indexes');
    if (Limit !== undefined && Limit < 1) throw new ValidationError('Limit must be at least 1');
    const given = placeholdersOf(more);
    const isEmpty = ([name, value]: [string, AttributeValue]) =>
      value.S === '' && KeyConditionExpression?.includes(name);
    if (Object.entries(given.ExpressionAttributeValues ?? {}).some(isEmpty))
      throw new ValidationError('The AttributeValue for a key attribute cannot contain an empty string value');
    const expressions = new Expressions(given);
    const matches = expressions.condition(KeyConditionExpression);
    table.checkRange(expressions, KeyConditionExpression, index);
    const filter = expressions.condition(FilterExpression);
    if (FilterExpression && expressions.attributes.some(name => name === 'pk' || name === 'sk'))
      throw new ValidationError('Filter Expression can only contain non-primary key attributes');
    const names = expressions.projection(ProjectionExpression);
    expressions.checkUse();
    const limit = Math.min(Limit ?? Number.POSITIVE_INFINITY, pageItems);
    const isForward = ScanIndexForward ?? true;
    const range = { index, matches, isForward, limit, after: ExclusiveStartKey, isConsistent };
    const { items, last } = table.query(range);
    const found = items.map(item => table.projected(item, index)).filter(filter);
    const Items = names ? found.map(item => pick(item, names)) : found;
    return { Items, Count: Items.length, ScannedCount: items.length, LastEvaluatedKey: last };
  }

  #scan({
    TableName,
    FilterExpression,
    ProjectionExpression,
    ExclusiveStartKey,
    ConsistentRead: _,
    ...more
  }: Read): object {
    const expressions = new Expressions(placeholdersOf(more));
    const filter = expressions.condition(FilterExpression);
    const names = expressions.projection(ProjectionExpression);
    expressions.checkUse();
    const all = this.#table(TableName).all();
    const from = ExclusiveStartKey ? all.findIndex(item => nameOf(item) === nameOf(ExclusiveStartKey)) + 1 : 0;
    const items = all.slice(from, from + pageItems);
    const found = items.filter(filter);
    const last = items.length === pageItems ? pick(items.at(-1) as Item, ['pk', 'sk']) : undefined;
    return { Items: names ? found.map(item => pick(item, names)) : found, LastEvaluatedKey: last };
  }

  #write(kind: WriteKind, write: Write): object {
    const { isPermitted, old, next, changed, carryOut } = this.#prepare(kind, write);
    if (!isPermitted)
      throw new ConditionFailed(write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? old : undefined);
    carryOut();
    const returned: Record<string, Item | undefined> = {
      ALL_OLD: old,
      ALL_NEW: next,
      UPDATED_OLD: pick(old ?? {}, changed ?? []),
      UPDATED_NEW: pick(next ?? {}, changed ?? []),
    };
    const permitted = kind === 'Update' ? Object.keys(returned) : ['ALL_OLD'];
    const { ReturnValues = 'NONE' } = write;
    if (ReturnValues === 'NONE') return {};
    if (!permitted.includes(ReturnValues)) throw new ValidationError('ReturnValues can only be ALL_OLD or NONE');
    return { Attributes: returned[ReturnValues] };
  }

  #prepare(kind: WriteKind, write: Write): Prepared {
    const { TableName, Key, Item: item, ConditionExpression, UpdateExpression, ...rest } = write;
    const { ReturnValues: _, ReturnValuesOnConditionCheckFailure: __, ...more } = rest;
    const table = this.#table(TableName);
    const expressions = new Expressions(placeholdersOf(more));
    const isMet = expressions.condition(ConditionExpression);
    const changes = expressions.update(UpdateExpression);
    expressions.checkUse();
    const key = kind === 'Put' ? pick(item ?? {}, ['pk', 'sk']) : (Key as Item);
    const old = table.get(key);
    const isPermitted = isMet(old ?? {});
    if (!isPermitted || kind === 'ConditionCheck') return { isPermitted, old, carryOut: () => undefined };
    if (kind === 'Delete') return { isPermitted, old, next: undefined, carryOut: () => table.delete(key) };
    if (changes.some(({ attribute }) => attribute === 'pk' || attribute === 'sk'))
      throw new ValidationError('Cannot update attribute pk or sk. This attribute is part of the key');
    const next = kind === 'Put' ? (item as Item) : updated({ ...key, ...old }, changes);
    table.checkItem(next);
    return {
      isPermitted,
      old,
      next,
      changed: changes.map(({ attribute }) => attribute),
      carryOut: () => table.put(next),
    };
  }

  #batchGet({ RequestItems }: { RequestItems: Record<string, Read & { Keys: Item[] }> }): object {
    const [name, request] = onlyEntryOf(RequestItems);
    const { Keys, ProjectionExpression, ConsistentRead = false, ...more } = request;
    const table = this.#table(name);
    checkBatch(Keys, 100);
    const expressions = new Expressions(placeholdersOf(more));
    const names = expressions.projection(ProjectionExpression);
    expressions.checkUse();
    const taken = this.#part(Keys);
    const items = taken.toReversed().map(key => table.get(key, ConsistentRead));
    const found = items.filter(item => item !== undefined);
    const left = Keys.slice(taken.length);
    return {
      Responses: { [name]: names ? found.map(item => pick(item, names)) : found },
      UnprocessedKeys: left.length > 0 ? { [name]: { ...request, Keys: left } } : {},
    };
  }

  #batchWrite({
    RequestItems,
  }: {
    RequestItems: Record<string, { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[]>;
  }) {
    const [name, requests] = onlyEntryOf(RequestItems);
    const table = this.#table(name);
    const keyOf = ({ PutRequest, DeleteRequest }: (typeof requests)[number]) =>
      PutRequest ? pick(PutRequest.Item, ['pk', 'sk']) : (DeleteRequest?.Key as Item);
    checkBatch(requests.map(keyOf), 25);
    for (const request of requests) {
      if (request.PutRequest) table.checkItem(request.PutRequest.Item);
      else table.checkKey(request.DeleteRequest?.Key);
    }
    const taken = this.#part(requests);
    for (const { PutRequest, DeleteRequest } of taken) {
      if (PutRequest) table.put(PutRequest.Item);
      else table.delete(DeleteRequest?.Key as Item);
    }
    const left = requests.slice(taken.length);
    return { UnprocessedItems: left.length > 0 ? { [name]: left } : {} };
  }

  /** Every second batch of several is taken in part. */
  #part<T>(batch: T[]): T[] {
    return this.#batches++ % 2 === 0 ? batch.slice(0, Math.ceil(batch.length / 2)) : batch;
  }

  #transact({
    TransactItems,
    ClientRequestToken,
  }: {
    TransactItems: Partial<Record<WriteKind, Write>>[];
    ClientRequestToken?: string;
  }) {
    const token = ClientRequestToken ?? '';
    const content = JSON.stringify(TransactItems);
    if (token.length > 36) throw new ValidationError('clientRequestToken must have at most 36 characters');
    const known = this.#tokens.get(token);
    if (known === content) return {};
    if (token !== '' && known !== undefined) throw new Error('IdempotentParameterMismatch');
    const writes = TransactItems.map(each => onlyEntryOf(each) as [WriteKind, Write]);
    checkBatch(
      writes.map(
        ([, { TableName, Key, Item: item }]) =>
          ({ pk: { S: TableName + (Key ?? item)?.pk?.S }, sk: (Key ?? item)?.sk }) as Item,
      ),
      100,
    );
    const prepared = writes.map(([kind, write]) => ({ write, ...this.#prepare(kind, write) }));
    if (prepared.some(({ isPermitted }) => !isPermitted))
      throw new Canceled(
        prepared.map(({ isPermitted, old, write }) => {
          if (isPermitted) return { Code: 'None' };
          const shown = write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && old ? { Item: old } : {};
          return { Code: 'ConditionalCheckFailed', ...shown };
        }),
      );
    for (const { carryOut } of prepared) carryOut();
    this.#tokens.set(token, content);
    return {};
  }
}

function updated(item: Item, changes: ReturnType<Expressions['update']>): Item {
  // every value is computed from the item before the update
  const values = changes.map(
    ({ attribute, value }) => [attribute, value(item)] as [string, AttributeValue | undefined],
  );
  const next = { ...item, ...Object.fromEntries(values) };
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) as Item;
}

/** The adapters ask one table at a time. */
function onlyEntryOf<T>(record: Record<string, T>): [string, T] {
  const entries = Object.entries(record);
  if (entries.length !== 1) throw new Error('Requests to several tables are not implemented.');
  return entries[0] as [string, T];
}

function checkBatch(keys: Item[], atMost: number): void {
  if (keys.length < 1 || keys.length > atMost) throw new ValidationError(`Member must have length 1 to ${atMost}`);
  if (new Set(keys.map(nameOf)).size < keys.length)
    throw new ValidationError('Provided list of item keys contains duplicates');
}

/** Whatever else is in a request is unknown here, and refused. */
function placeholdersOf({
  ExpressionAttributeNames,
  ExpressionAttributeValues,
  ...unknown
}: object & Placeholders): Placeholders {
  const [first] = Object.keys(unknown);
  if (first) throw new Error(`The parameter ${first} is not implemented.`);
  return { ExpressionAttributeNames, ExpressionAttributeValues };
}
