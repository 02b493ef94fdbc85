import { randomUUID } from 'node:crypto';
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { UploadId } from '../../../core/domain/ids.ts';
import { isUnderWay, statesUnderWay, type UploadSession } from '../../../core/domain/upload-session.ts';
import type { Saved, UploadStore } from '../../../core/ports/index.ts';
import {
  allOf,
  conditional,
  getAll,
  type Item,
  itemKeyOf,
  itemsUnder,
  keyOf,
  numberIn,
  orInternal,
  pagesOf,
  readItem,
  type Table,
} from './dynamo.ts';
import { countersWithRoom, firstCounter, releaseQuota, releasing, reserveQuota } from './quota-usage.ts';
import { partItem, partsOf, shardOf, shards, uploadItem } from './table.ts';

/** How long an ended session and its composed parts are kept. */
const keptMilliseconds = 7 * 24 * 60 * 60_000;

/**
 * Counters that each segment increments are attributes of their own, so an increment neither reads the session nor
 * conflicts with a save. `freeOctets` is the unused part of `reservedOctets`, since a condition cannot subtract.
 */
export function makeUploadStore(table: Table, now: () => number): UploadStore {
  async function get(id: UploadId): Promise<UploadSession | undefined> {
    const item = await readItem(table, uploadItem(id));
    return item && sessionIn(item);
  }

  return {
    async create(session, quota) {
      const created = { ...session, version: 1 };
      const item = {
        ...keyOf(uploadItem(session.id)),
        ordinal: count(session.ordinal),
        stagedOctets: count(session.stagedOctets),
        reservedOctets: count(session.reservedOctets),
        freeOctets: count(session.reservedOctets - session.stagedOctets),
        ...contentOf(created, randomUUID()),
      };
      if (!isUnderWay(created)) {
        await orInternal(table.client.send(new PutItemCommand({ TableName: table.name, Item: item })));
        return created;
      }
      const { companyId } = session;
      const amount = { sessions: 1, octets: session.reservedOctets };
      const first = firstCounter(session.id, quota);
      const countIn = (counter: number) => {
        const put = { TableName: table.name, Item: { ...item, countedIn: count(counter) } };
        return reserveQuota(table, { companyId, counter }, amount, quota, { Put: put });
      };
      const refused = await countIn(first);
      if (typeof refused !== 'string') return created;
      for (const counter of await countersWithRoom(table, companyId, amount, quota, first)) {
        if (typeof (await countIn(counter)) !== 'string') return created;
      }
      return refused;
    },

    get,

    async nextOrdinal(id, octets, companyId) {
      const outcome = await conditional(
        table.client.send(
          new UpdateItemCommand({
            TableName: table.name,
            Key: keyOf(uploadItem(id)),
            UpdateExpression: 'ADD ordinal :one, stagedOctets :octets, freeOctets :taken',
            ConditionExpression: '#state = :open AND contains(body, :company) AND freeOctets >= :octets',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: {
              ':one': count(1),
              ':octets': count(octets),
              ':taken': count(-octets),
              ':open': { S: 'open' },
              // the literal in the JSON of the body; a client's text cannot look like it
              ':company': { S: `"companyId":${JSON.stringify(companyId)}` },
            },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      if ('done' in outcome) return sessionIn(outcome.done.Attributes as Item);
      const there = outcome.refusedBy && sessionIn(outcome.refusedBy);
      return there?.state === 'open' && there.companyId === companyId ? 'no-room' : undefined;
    },

    async reserve(session, octets, quota) {
      const { id, companyId, reservedOctets } = session;
      const item = await readItem(table, uploadItem(id));
      if (!item) return undefined;
      const current = counterOf(item);
      const raised = (counter: number) => ({
        Update: {
          TableName: table.name,
          Key: keyOf(uploadItem(id)),
          UpdateExpression: 'ADD reservedOctets :more, freeOctets :more SET countedIn = :counter',
          ConditionExpression: '#state = :open AND reservedOctets = :reserved',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: {
            ':more': count(octets - reservedOctets),
            ':reserved': count(reservedOctets),
            ':counter': count(counter),
            ':open': { S: 'open' },
          },
        },
      });
      const more = { sessions: 0, octets: octets - reservedOctets };
      const refused = await reserveQuota(table, { companyId, counter: current }, more, quota, raised(current));
      if (typeof refused !== 'string') return refused ? undefined : await get(id);
      const whole = { sessions: 1, octets };
      for (const counter of await countersWithRoom(table, companyId, whole, quota, current)) {
        const leaving = releasing(table, companyId, current, reservedOctets);
        const outcome = await reserveQuota(table, { companyId, counter }, whole, quota, leaving, raised(counter));
        if (typeof outcome !== 'string') return outcome ? undefined : await get(id);
      }
      return refused;
    },

    async save(session) {
      const writtenBy = randomUUID();
      if (!isUnderWay(session)) return await end(table, session, writtenBy);
      const outcome = await conditional(table.client.send(new UpdateItemCommand(saving(table, session, writtenBy))));
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
      await orInternal(table.client.send(new PutItemCommand({ TableName: table.name, Item: item })));
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
      const rows = await Promise.all(shards.map(shard => expiredIn(table, shard, at, limit)));
      const sessions = (await getAll(table, rows.flat().slice(0, limit).map(itemKeyOf))).map(sessionIn);
      // the index is eventually consistent
      return sessions.filter(session => isUnderWay(session) && session.expiresAt <= at);
    },
  };
}

export function sessionIn(item: Item): UploadSession {
  const session = JSON.parse(item.body?.S as string) as UploadSession;
  const [ordinal, stagedOctets] = [numberIn(item, 'ordinal'), numberIn(item, 'stagedOctets')];
  return { ...session, ordinal, stagedOctets, reservedOctets: numberIn(item, 'reservedOctets') };
}

/** Attributes that every save writes. Active sessions are in the index `byExpiry`. */
function contentOf(session: UploadSession, writtenBy: string): Item {
  const content: Item = {
    body: { S: JSON.stringify(session) },
    state: { S: session.state },
    version: { N: String(session.version) },
    writtenBy: { S: writtenBy },
    expiresAt: secondsAfter(session.expiresAt),
  };
  if (!isUnderWay(session)) return content;
  return { ...content, expiryShard: { S: shardOf(session.id) }, endsAt: { N: String(session.expiresAt) } };
}

function saving(table: Table, session: UploadSession, writtenBy: string) {
  const content = contentOf({ ...session, version: session.version + 1 }, writtenBy);
  const names = Object.keys(content);
  return {
    TableName: table.name,
    Key: keyOf(uploadItem(session.id)),
    UpdateExpression: `SET ${names.map(name => `#${name} = :${name}`).join()}`,
    ConditionExpression: '#version = :from',
    ExpressionAttributeNames: Object.fromEntries(names.map(name => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(names.map(name => [`:${name}`, content[name] as Item[string]])),
      ':from': count(session.version),
    },
    ReturnValues: 'ALL_NEW' as const,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/**
 * Saves a session in a final state, removes it from the index `byExpiry`, and releases its quota. Raising the reservation
 * may move it to another counter, but not without changing `reservedOctets`.
 */
async function end(table: Table, session: UploadSession, writtenBy: string): Promise<Saved<UploadSession>> {
  const item = await readItem(table, uploadItem(session.id));
  if (!item) return { conflict: undefined };
  const { ReturnValues: _, ...save } = saving(table, session, writtenBy);
  const Update = {
    ...save,
    UpdateExpression: `${save.UpdateExpression} REMOVE expiryShard, endsAt`,
    ConditionExpression: `${save.ConditionExpression} AND #state IN (${Object.keys(underWay)}) AND reservedOctets = :reserved`,
    ExpressionAttributeValues: {
      ...save.ExpressionAttributeValues,
      ...underWay,
      ':reserved': count(session.reservedOctets),
    },
  };
  const counted = { companyId: session.companyId, counter: counterOf(item) };
  const refused = await releaseQuota(table, counted, session.reservedOctets, { Update });
  if (refused) return { conflict: refused.refusedBy && sessionIn(refused.refusedBy) };
  const { ordinal, stagedOctets } = sessionIn(item);
  return { saved: { ...session, ordinal, stagedOctets, version: session.version + 1 } };
}

/** The counter of its company's quota in which a session is counted. Release 0.1.0 had one. */
const counterOf = (item: Item) => (item.countedIn ? numberIn(item, 'countedIn') : 0);

async function expiredIn(table: Table, shard: string, at: number, limit: number): Promise<Item[]> {
  const pages = pagesOf(table, {
    IndexName: 'byExpiry',
    KeyConditionExpression: 'expiryShard = :shard AND endsAt <= :at',
    ExpressionAttributeValues: { ':shard': { S: shard }, ':at': { N: String(at) } },
    Limit: limit,
  });
  return (await pages.next()).value ?? [];
}

const underWay: Item = Object.fromEntries(statesUnderWay.map(state => [`:${state}`, { S: state }]));

const count = (amount: number) => ({ N: String(amount) });
const secondsAfter = (at: number) => ({ N: String(Math.floor((at + keptMilliseconds) / 1000)) });
