import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { vi } from 'vitest';
import type { Grant } from '../../infra/rights.ts';

/*
 * Records the requests of adapters to AWS in the terms of the grants, by intercepting the method through which every
 * SDK client sends its commands.
 */

export type Asked =
  | { kind: 'items'; table: string; action: string; partitionKey: string }
  | { kind: 'index'; table: string; index: string }
  | { kind: 'objects'; action: string; key: string }
  | { kind: 'listings'; prefix: string }
  | { kind: 'queue'; url: string }
  | { kind: 'keyring' }
  | { kind: 'relay-topics' }
  | { kind: 'relay-identities' };

// biome-ignore lint/suspicious/noExplicitAny: commands of five services
type Input = any;

const objectActions: Record<string, string> = {
  GetObject: 'GetObject',
  HeadObject: 'GetObject',
  PutObject: 'PutObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  UploadPartCopy: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  AbortMultipartUpload: 'AbortMultipartUpload',
  ListParts: 'ListMultipartUploadParts',
};

/** The accesses of one command; a batch or transaction has one for each item. */
function askedBy(command: string, input: Input): Asked[] {
  const item = (table: string, action: string, key: Input): Asked => ({
    kind: 'items',
    table,
    action,
    partitionKey: key.pk.S,
  });
  const objectAction = objectActions[command];
  if (objectAction) return [{ kind: 'objects', action: objectAction, key: input.Key }];
  switch (command) {
    case 'GetItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return [item(input.TableName, command, input.Key)];
    case 'PutItem':
      return [item(input.TableName, command, input.Item)];
    case 'BatchGetItem':
      return Object.entries<Input>(input.RequestItems).flatMap(([table, { Keys }]) =>
        Keys.map((key: Input) => item(table, command, key)),
      );
    case 'BatchWriteItem':
      return Object.entries<Input>(input.RequestItems).flatMap(([table, requests]) =>
        requests.map(({ PutRequest, DeleteRequest }: Input) =>
          item(table, command, PutRequest?.Item ?? DeleteRequest.Key),
        ),
      );
    case 'TransactWriteItems':
      return input.TransactItems.map(({ Put, Update, Delete }: Input) => {
        if (Put) return item(Put.TableName, 'PutItem', Put.Item);
        return Update
          ? item(Update.TableName, 'UpdateItem', Update.Key)
          : item(Delete.TableName, 'DeleteItem', Delete.Key);
      });
    case 'Query':
      return input.IndexName
        ? [{ kind: 'index', table: input.TableName, index: input.IndexName }]
        : [item(input.TableName, command, { pk: input.ExpressionAttributeValues[':pk'] })];
    case 'DeleteObjects':
      return input.Delete.Objects.map(({ Key }: Input) => ({ kind: 'objects', action: 'DeleteObject', key: Key }));
    case 'ListObjectsV2':
      return [{ kind: 'listings', prefix: input.Prefix }];
    case 'SendMessageBatch':
      return [{ kind: 'queue', url: input.QueueUrl }];
    case 'Decrypt':
    case 'GenerateDataKey':
      return [{ kind: 'keyring' }];
    case 'Publish':
      return [{ kind: 'relay-topics' }];
    default:
      return [{ kind: 'relay-identities' }];
  }
}

/** Reports every command of every client from now on. */
export function listen(tell: (asked: Asked) => void): void {
  let prototype = DynamoDBClient.prototype;
  while (!Object.hasOwn(prototype, 'send')) prototype = Object.getPrototypeOf(prototype);
  const send = prototype.send as (...given: unknown[]) => unknown;
  vi.spyOn(prototype, 'send').mockImplementation(function (this: unknown, ...given: unknown[]) {
    const command = given[0] as { constructor: { name: string }; input: Input };
    for (const asked of askedBy(command.constructor.name.replace(/Command$/, ''), command.input)) tell(asked);
    return send.apply(this, given) as never;
  });
}

/** Whether a grant covers an access. Table and queue names are those of the grants. */
export function allows(grant: Grant, asked: Asked): boolean {
  if (grant.kind === 'items' && asked.kind === 'items') {
    const beginnings = grant.items.map(({ pk }) => pk.slice(0, pk.indexOf('#') + 1));
    const isAction = grant.actions.some(action => action === asked.action);
    return grant.table === asked.table && isAction && beginnings.some(begin => asked.partitionKey.startsWith(begin));
  }
  if (grant.kind === 'index' && asked.kind === 'index') {
    return grant.table === asked.table && grant.index === asked.index;
  }
  if (grant.kind === 'objects' && asked.kind === 'objects') {
    return grant.actions.some(action => action === asked.action) && grant.keys.some(key => isLike(key, asked.key));
  }
  if (grant.kind === 'listings' && asked.kind === 'listings') {
    return grant.under.some(pattern => isLike(pattern, asked.prefix));
  }
  if (grant.kind === 'queue' && asked.kind === 'queue') return grant.name === asked.url;
  return grant.kind === asked.kind;
}

/** `*` matches any characters, including slashes [IAM, "Wildcards in resource ARNs"]. */
function isLike(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`, 's').test(text);
}
