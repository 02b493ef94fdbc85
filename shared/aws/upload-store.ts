import { randomUUID } from 'node:crypto';
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { UploadId } from '../domain/ids.ts';
import type { UploadSession } from '../domain/upload-session.ts';
import type { UploadStore } from '../ports.ts';
import { allOf, asked, getAll, type Item, itemKeyOf, itemsUnder, keyOf, pagesOf, type Table, tried } from './dynamo.ts';
import { partItem, partsOf, shardOf, shards, uploadItem } from './table.ts';

/** The note that a session ended stays this long, and so do the parts that it was composed of. */
const keptMilliseconds = 7 * 24 * 60 * 60_000;

/** What each segment raises stands in attributes of its own: raising it neither reads the session nor disturbs a save. */
export function makeUploadStore(table: Table, now: () => number): UploadStore {
  return {
    async create(session) {
      const created = { ...session, version: 1 };
      const item = {
        ...keyOf(uploadItem(session.id)),
        ordinal: { N: String(session.ordinal) },
        stagedOctets: { N: String(session.stagedOctets) },
        ...contentOf(created, randomUUID()),
      };
      await asked(table.client.send(new PutItemCommand({ TableName: table.name, Item: item })));
      return created;
    },

    async get(id) {
      const command = new GetItemCommand({ TableName: table.name, Key: keyOf(uploadItem(id)), ConsistentRead: true });
      const { Item: item } = await asked(table.client.send(command));
      return item && sessionIn(item);
    },

    async nextOrdinal(id, octets) {
      const outcome = await tried(
        table.client.send(
          new UpdateItemCommand({
            TableName: table.name,
            Key: keyOf(uploadItem(id)),
            UpdateExpression: 'ADD ordinal :one, stagedOctets :octets',
            ConditionExpression: '#state = :open',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: { ':one': { N: '1' }, ':octets': { N: String(octets) }, ':open': { S: 'open' } },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return 'done' in outcome ? sessionIn(outcome.done.Attributes as Item) : undefined;
    },

    async save(session) {
      const writtenBy = randomUUID();
      const outcome = await tried(update(table, session, writtenBy));
      if ('done' in outcome) return { saved: sessionIn(outcome.done.Attributes as Item) };
      const { refusedBy } = outcome;
      if (refusedBy?.writtenBy?.S === writtenBy) return { saved: sessionIn(refusedBy) };
      return { conflict: refusedBy && sessionIn(refusedBy) };
    },

    async recordPart(id, { part, etag, madeOf }) {
      const item = {
        ...keyOf(partItem(id, part)),
        part: { N: String(part) },
        etag: { S: etag },
        madeOf: { S: madeOf },
        expiresAt: secondsAfter(now()),
      };
      await asked(table.client.send(new PutItemCommand({ TableName: table.name, Item: item })));
    },

    async composedParts(id: UploadId) {
      const items = await allOf(itemsUnder(table, partsOf(id)));
      return items.map(({ part, etag, madeOf }) => ({
        part: Number(part?.N),
        etag: etag?.S as string,
        madeOf: madeOf?.S as string,
      }));
    },

    async expired(at, limit) {
      const rows = await Promise.all(shards.map(shard => endedIn(table, shard, at, limit)));
      const sessions = (await getAll(table, rows.flat().slice(0, limit).map(itemKeyOf))).map(sessionIn);
      // the index may tell for a moment what has just been changed
      return sessions.filter(session => session.state === 'open' && session.expiresAt <= at);
    },
  };
}

function sessionIn(item: Item): UploadSession {
  const session = JSON.parse(item.body?.S as string) as UploadSession;
  return { ...session, ordinal: Number(item.ordinal?.N), stagedOctets: Number(item.stagedOctets?.N) };
}

/** What every save writes. Open sessions are in the index of those that end. */
function contentOf(session: UploadSession, writtenBy: string): Item {
  const content: Item = {
    body: { S: JSON.stringify(session) },
    state: { S: session.state },
    version: { N: String(session.version) },
    writtenBy: { S: writtenBy },
    expiresAt: secondsAfter(session.expiresAt),
  };
  if (session.state !== 'open') return content;
  return { ...content, expiryShard: { S: shardOf(session.id) }, endsAt: { N: String(session.expiresAt) } };
}

function update(table: Table, session: UploadSession, writtenBy: string) {
  const content = contentOf({ ...session, version: session.version + 1 }, writtenBy);
  const names = Object.keys(content);
  const removed = content.endsAt ? '' : ' REMOVE expiryShard, endsAt';
  return table.client.send(
    new UpdateItemCommand({
      TableName: table.name,
      Key: keyOf(uploadItem(session.id)),
      UpdateExpression: `SET ${names.map(name => `#${name} = :${name}`).join()}${removed}`,
      ConditionExpression: '#version = :from',
      ExpressionAttributeNames: Object.fromEntries(names.map(name => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(names.map(name => [`:${name}`, content[name] as Item[string]])),
        ':from': { N: String(session.version) },
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
  );
}

async function endedIn(table: Table, shard: string, at: number, limit: number): Promise<Item[]> {
  const pages = pagesOf(table, {
    IndexName: 'byExpiry',
    KeyConditionExpression: 'expiryShard = :shard AND endsAt <= :at',
    ExpressionAttributeValues: { ':shard': { S: shard }, ':at': { N: String(at) } },
    Limit: limit,
  });
  return (await pages.next()).value ?? [];
}

const secondsAfter = (at: number) => ({ N: String(Math.floor((at + keptMilliseconds) / 1000)) });
