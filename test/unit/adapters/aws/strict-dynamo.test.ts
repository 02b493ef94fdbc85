import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { type Item, openDynamo } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';

/** What DynamoDB refuses, the double refuses too: a test that passes with it cannot fail in AWS for these reasons. */

const dynamo = await startStrictDynamo();
afterAll(() => dynamo.close());
const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
const client: DynamoDBClient = openDynamo({ region: 'eu-central-1', credentials, endpoint: dynamo.endpoint });
afterAll(() => client.destroy());

const TableName = 'jobs-strict';
const Key = { pk: { S: 'job#1' }, sk: { S: 'job' } };
const refused = expect.objectContaining({ name: 'ValidationException' });

describe('an update is refused', () => {
  const update = (input: Partial<UpdateItemCommandInput>) =>
    client.send(new UpdateItemCommand({ TableName, Key, ...input }));
  const one = { ':one': { N: '1' } };

  it.each<[string, Partial<UpdateItemCommandInput>]>([
    ['a value that is not used', { UpdateExpression: 'REMOVE a', ExpressionAttributeValues: one }],
    ['a name that is not used', { UpdateExpression: 'REMOVE a', ExpressionAttributeNames: { '#b': 'b' } }],
    ['a value that is not given', { UpdateExpression: 'SET a = :one' }],
    ['a name that is not given', { UpdateExpression: 'REMOVE #a' }],
    ['no values, instead of none', { UpdateExpression: 'REMOVE a', ExpressionAttributeValues: {} }],
    ['a reserved word', { UpdateExpression: 'REMOVE state' }],
    ['an attribute twice', { UpdateExpression: 'SET a = :one REMOVE a', ExpressionAttributeValues: one }],
    ['a section twice', { UpdateExpression: 'SET a = :one SET b = :one', ExpressionAttributeValues: one }],
    ['a part of the key', { UpdateExpression: 'SET sk = :one', ExpressionAttributeValues: one }],
    ['arithmetic without a number', { UpdateExpression: 'SET a = missing + :one', ExpressionAttributeValues: one }],
    ['another key', { Key: { pk: { S: 'job#1' } }, UpdateExpression: 'REMOVE a' }],
    ['an empty key', { Key: { pk: { S: '' }, sk: { S: 'job' } }, UpdateExpression: 'REMOVE a' }],
    ['a wrong type for an index', { UpdateExpression: 'SET listOf = :one', ExpressionAttributeValues: one }],
    ['a condition that does not end', { UpdateExpression: 'REMOVE a', ConditionExpression: 'attribute_exists(a' }],
  ])('that has %s', async (_, input) => {
    await expect(update(input)).rejects.toEqual(refused);
  });
});

describe('a query is refused', () => {
  const query = (input: Partial<QueryCommandInput>) => client.send(new QueryCommand({ TableName, ...input }));
  const company = { ':of': { S: 'c' } };

  it.each<[string, Partial<QueryCommandInput>]>([
    ['no partition', { KeyConditionExpression: 'sk = :of', ExpressionAttributeValues: company }],
    ['another attribute', { KeyConditionExpression: 'pk = :of AND a = :of', ExpressionAttributeValues: company }],
    ['an index that does not exist', { IndexName: 'byName', KeyConditionExpression: 'pk = :of' }],
    [
      'a consistent read of an index',
      {
        IndexName: 'byCompany',
        KeyConditionExpression: 'listOf = :of',
        ExpressionAttributeValues: company,
        ConsistentRead: true,
      },
    ],
    [
      'a filter of the key',
      { KeyConditionExpression: 'pk = :of', FilterExpression: 'sk = :of', ExpressionAttributeValues: company },
    ],
  ])('that has %s', async (_, input) => {
    await expect(query(input)).rejects.toEqual(refused);
  });
});

describe('many writes are refused', () => {
  const PutRequest = { Item: Key };

  it('if they name an item twice, in a batch or a transaction', async () => {
    const batch = new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest }, { PutRequest }] } });
    const Put = { TableName, Item: Key };
    const transaction = new TransactWriteItemsCommand({ TransactItems: [{ Put }, { Put }] });

    await expect(client.send(batch)).rejects.toEqual(refused);
    await expect(client.send(transaction)).rejects.toEqual(refused);
  });

  it('if there are more than fit', async () => {
    const items = Array.from({ length: 26 }, (_, index) => ({ ...Key, pk: { S: `job#${index}` } }));
    const requests = items.map(Item => ({ PutRequest: { Item } }));

    const batch = new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } });

    await expect(client.send(batch)).rejects.toEqual(refused);
  });

  it('together, if one condition fails: none is made, and each has a reason', async () => {
    const other = { ...Key, pk: { S: 'job#2' } };
    await client.send(new PutItemCommand({ TableName, Item: Key }));
    const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };
    const TransactItems = [{ Put: { TableName, Item: other } }, { Put: { TableName, Item: Key, ...isNew } }];

    const answer = client.send(new TransactWriteItemsCommand({ TransactItems }));

    await expect(answer).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
    });
    expect((await client.send(new GetItemCommand({ TableName, Key: other }))).Item).toBeUndefined();
  });
});

describe('a read that need not be consistent', () => {
  it('misses the last write once, by key, in a batch and in a query, and not in an index', async () => {
    const TableName = 'jobs-stale';
    const put = (name: string, more: Item = {}) =>
      client.send(new PutItemCommand({ TableName, Item: { ...Key, name: { S: name }, ...more } }));
    const listed = { listOf: { S: 'acme' }, listedAt: { S: '1' } };
    const reads: Record<string, (ConsistentRead?: boolean) => Promise<(Item | undefined)[]>> = {
      get: async ConsistentRead => [(await client.send(new GetItemCommand({ TableName, Key, ConsistentRead }))).Item],
      batch: async ConsistentRead => {
        const RequestItems = { [TableName]: { Keys: [Key], ConsistentRead } };
        return (await client.send(new BatchGetItemCommand({ RequestItems }))).Responses?.[TableName] ?? [];
      },
      query: async ConsistentRead => {
        const condition = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': Key.pk } };
        return (await client.send(new QueryCommand({ TableName, ...condition, ConsistentRead }))).Items ?? [];
      },
    };
    const byCompany = new QueryCommand({
      ...{ TableName, IndexName: 'byCompany', KeyConditionExpression: 'listOf = :of' },
      ExpressionAttributeValues: { ':of': { S: 'acme' } },
    });

    for (const read of Object.values(reads)) {
      const nameIn = async (isConsistent?: boolean) => (await read(isConsistent))[0]?.name?.S;
      await put('first', listed);
      await nameIn();
      await put('second', listed);

      expect([await nameIn(true), await nameIn(), await nameIn()]).toEqual(['second', 'first', 'second']);
    }
    await put('third', listed);
    expect((await client.send(byCompany)).Items).toHaveLength(1);
  });
});
