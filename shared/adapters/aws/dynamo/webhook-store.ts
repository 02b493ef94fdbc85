import { randomUUID } from 'node:crypto';
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { Delivery, Replay, Try, Webhook, WebhookHealth } from '../../../core/domain/webhook.ts';
import type { Saved, WebhookStore } from '../../../core/ports/index.ts';
import {
  allOf,
  conditional,
  type Item,
  itemKeyOf,
  itemsUnder,
  keyOf,
  numberIn,
  orInternal,
  pagesOf,
  type Table,
  writeAll,
} from './dynamo.ts';
import {
  deliveriesOf,
  deliveryItem,
  healthItem,
  type ItemKey,
  placesItem,
  replayItem,
  shardOfText,
  shards,
  triesOf,
  tryItem,
  webhookItem,
  webhooksOf,
} from './table.ts';

const day = 24 * 60 * 60;
const [triesKeptSeconds, recordsKeptSeconds] = [7 * day, 30 * day];
/** More than a webhook has places, since deliveries under way are passed. */
const lookedAt = 20;
const nameOf = (place: number) => `place${place}`;
/** A try is over by then: the function ends after a minute. */
const takenMilliseconds = 70_000;

/** Webhooks in the table of events. What has still to be delivered is in an index by time, which the sweep reads. */
export function makeWebhookStore(table: Table, now: () => number): WebhookStore {
  const expiry = (seconds: number) => ({ N: String(Math.floor(now() / 1000) + seconds) });

  async function get(key: ItemKey): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: table.name, Key: keyOf(key), ConsistentRead: true });
    return (await orInternal(table.client.send(command))).Item;
  }
  async function put(key: ItemKey, thing: object, attributes: Item = {}): Promise<void> {
    const item = { ...keyOf(key), body: { S: JSON.stringify(thing) }, ...attributes };
    await orInternal(table.client.send(new PutItemCommand({ TableName: table.name, Item: item })));
  }
  const getBody = async <T>(key: ItemKey) => bodyIn<T>(await get(key));
  const putHealth = (webhookId: string, health: WebhookHealth) => put(healthItem(webhookId), health);
  const deliveries = async (webhookId: string) =>
    (await allOf(itemsUnder(table, deliveriesOf(webhookId)))).map(deliveryIn);

  /** One of the places of a webhook; each is an attribute with the time until which it is taken. */
  async function takePlace(webhookId: string, atOnce: number): Promise<number | undefined> {
    const key = placesItem(webhookId);
    for (;;) {
      const item = await get(key);
      const isFree = (place: number) => Number(item?.[nameOf(place)]?.N ?? 0) <= now();
      const free = Array.from({ length: atOnce }, (_, place) => place).filter(isFree);
      const place = free[Math.floor(Math.random() * free.length)];
      if (place === undefined) return undefined;
      const outcome = await conditional(
        table.client.send(
          new UpdateItemCommand({
            TableName: table.name,
            Key: keyOf(key),
            UpdateExpression: 'SET #place = :until, expiresAt = :expiresAt',
            ConditionExpression: 'attribute_not_exists(#place) OR #place <= :now',
            ExpressionAttributeNames: { '#place': nameOf(place) },
            ExpressionAttributeValues: {
              ':now': { N: String(now()) },
              ':until': { N: String(now() + takenMilliseconds) },
              ':expiresAt': expiry(recordsKeptSeconds),
            },
          }),
        ),
      );
      // a repeat whose first answer was lost finds its own place taken, and takes another one
      if ('done' in outcome) return place;
    }
  }
  async function leavePlace(webhookId: string, place: number): Promise<void> {
    const command = new UpdateItemCommand({
      TableName: table.name,
      Key: keyOf(placesItem(webhookId)),
      UpdateExpression: 'REMOVE #place',
      ExpressionAttributeNames: { '#place': nameOf(place) },
    });
    await orInternal(table.client.send(command));
  }

  async function dueAfter(webhookId: string, after: number): Promise<Delivery | undefined> {
    const { pk, sk } = deliveriesOf(webhookId);
    const command = new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      FilterExpression: 'dueAt <= :now',
      ExpressionAttributeValues: {
        ':pk': { S: pk },
        ':from': { S: deliveryItem(webhookId, after + 1).sk },
        ':to': { S: `${sk}~` },
        ':now': { N: String(now()) },
      },
      ConsistentRead: true,
      Limit: lookedAt,
    });
    const { Items = [] }: QueryCommandOutput = await orInternal(table.client.send(command));
    return Items[0] && deliveryIn(Items[0]);
  }

  /** Replaces or deletes a delivery unless a replay has queued the event again. */
  async function replace({ webhookId, sequence, attempt }: Delivery, next: Delivery | undefined): Promise<void> {
    const condition = {
      TableName: table.name,
      ConditionExpression: 'attempt = :attempt',
      ExpressionAttributeValues: { ':attempt': { N: String(attempt) } },
    };
    const command = next
      ? new PutItemCommand({ ...condition, Item: itemOf(next, expiry(recordsKeptSeconds)) })
      : new DeleteItemCommand({ ...condition, Key: keyOf(deliveryItem(webhookId, sequence)) });
    await conditional(table.client.send(command as PutItemCommand));
  }

  async function removeAll(keys: ItemKey[]): Promise<void> {
    await writeAll(
      table,
      keys.map(key => ({ DeleteRequest: { Key: keyOf(key) } })),
    );
  }
  const waiting = async (webhookId: string, replayId?: string) =>
    (await deliveries(webhookId)).filter(
      ({ dueAt, replayId: of }) => dueAt !== undefined && (replayId === undefined || of === replayId),
    );
  const remove = (found: Delivery[]) =>
    removeAll(found.map(({ webhookId, sequence }) => deliveryItem(webhookId, sequence)));

  return {
    async listWebhooks(companyId) {
      const items = await allOf(itemsUnder(table, webhooksOf(companyId)));
      return items.map(item => bodyIn<Webhook>(item) as Webhook).sort((a, b) => a.createdAt - b.createdAt);
    },

    getWebhook: (companyId, id) => getBody<Webhook>(webhookItem(companyId, id)),

    async saveWebhook(webhook): Promise<Saved<Webhook>> {
      const writtenBy = randomUUID();
      const saved = { ...webhook, version: webhook.version + 1 };
      const isNew = webhook.version === 0;
      const outcome = await conditional(
        table.client.send(
          new PutItemCommand({
            TableName: table.name,
            Item: {
              ...keyOf(webhookItem(webhook.companyId, webhook.id)),
              body: { S: JSON.stringify(saved) },
              version: { N: String(saved.version) },
              writtenBy: { S: writtenBy },
            },
            ConditionExpression: isNew ? 'attribute_not_exists(pk)' : 'version = :from',
            ExpressionAttributeValues: isNew ? undefined : { ':from': { N: String(webhook.version) } },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      const isMine = 'done' in outcome || outcome.refusedBy?.writtenBy?.S === writtenBy;
      if (!isMine) return { conflict: bodyIn<Webhook>(outcome.refusedBy) };
      if (saved.state === 'disabled') await remove(await waiting(saved.id));
      return { saved };
    },

    async deleteWebhook(companyId, id) {
      const key = keyOf(webhookItem(companyId, id));
      await orInternal(table.client.send(new DeleteItemCommand({ TableName: table.name, Key: key })));
      await removeAll([healthItem(id), placesItem(id)]);
      await remove(await deliveries(id));
    },

    async healthOf(webhookId) {
      return (await getBody<WebhookHealth>(healthItem(webhookId))) ?? { failures: 0 };
    },

    saveHealth: putHealth,

    async takeDelivery(webhookId, sequence, attempt, atOnce) {
      // most messages of a burst come too late: another call went on with their events
      const waits = await get(deliveryItem(webhookId, sequence));
      const isDue = waits?.dueAt !== undefined && numberIn(waits, 'dueAt') <= now();
      if (!isDue || numberIn(waits, 'attempt') !== attempt) return undefined;
      const place = await takePlace(webhookId, atOnce);
      if (place === undefined) return undefined;
      const outcome = await conditional(
        table.client.send(
          new UpdateItemCommand({
            TableName: table.name,
            Key: keyOf(deliveryItem(webhookId, sequence)),
            UpdateExpression: 'SET dueAt = :until',
            ConditionExpression: 'attempt = :attempt AND dueAt <= :now',
            ExpressionAttributeValues: {
              ':attempt': { N: String(attempt) },
              ':now': { N: String(now()) },
              ':until': { N: String(now() + takenMilliseconds) },
            },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      const item = 'done' in outcome ? outcome.done.Attributes : undefined;
      if (item) return { ...deliveryIn({ ...item, ...keyOf(deliveryItem(webhookId, sequence)) }), place };
      await leavePlace(webhookId, place);
      return undefined;
    },

    async nextDue(webhookId, after) {
      return (await dueAfter(webhookId, after)) ?? (await dueAfter(webhookId, 0));
    },

    async putDeliveries(added) {
      const expiresAt = expiry(recordsKeptSeconds);
      await writeAll(
        table,
        added.map(delivery => ({ PutRequest: { Item: itemOf(delivery, expiresAt) } })),
      );
    },

    async settle(delivery, next, tried, health) {
      await replace(delivery, next);
      const { webhookId, place } = delivery;
      if (place !== undefined) await leavePlace(webhookId, place);
      const kept = { expiresAt: expiry(triesKeptSeconds) };
      if (tried) await put(tryItem(webhookId, tried.at, tried.sequence), tried, kept);
      if (health) await putHealth(webhookId, health);
    },

    async describeWaiting(webhookId, replayId) {
      const found = await waiting(webhookId, replayId);
      const times = found.flatMap(({ dueAt }) => dueAt ?? []);
      return { count: found.length, dueAt: times.toSorted((one, other) => one - other)[0] };
    },

    async listExhausted(webhookId, since, limit) {
      const found = await deliveries(webhookId);
      return found
        .filter(({ dueAt, firstTriedAt = 0 }) => dueAt === undefined && firstTriedAt >= since)
        .slice(0, limit);
    },

    async listTries(webhookId, { isDelivered, before, limit }) {
      const { pk, sk } = triesOf(webhookId);
      const command = new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': { S: pk },
          ':from': { S: sk },
          ':to': { S: before === undefined ? `${sk}~` : tryItem(webhookId, before, 0).sk },
        },
        ScanIndexForward: false,
        Limit: limit,
      });
      const { Items = [] }: QueryCommandOutput = await orInternal(table.client.send(command));
      const { tries, next } = untilWholeTime(
        Items.map(item => bodyIn<Try>(item) as Try),
        limit,
      );
      const wanted = tries.filter(tried => isDelivered === undefined || tried.isDelivered === isDelivered);
      return { tries: wanted, next };
    },

    async saveReplay(replay) {
      const key = replayItem(replay.webhookId, replay.createdAt, replay.id);
      await put(key, replay, { expiresAt: expiry(recordsKeptSeconds) });
    },

    async getReplay(webhookId, id) {
      return (await replays(webhookId)).find(replay => replay.id === id);
    },

    async lastReplay(webhookId) {
      return (await replays(webhookId)).at(-1);
    },

    async stopReplay(webhookId, id) {
      await remove(await waiting(webhookId, id));
    },

    async dueDeliveries(at, limit) {
      const found = await Promise.all(
        shards.map(async shard => {
          const pages = pagesOf(table, {
            IndexName: 'byDueAt',
            KeyConditionExpression: 'dueShard = :shard AND dueAt <= :at',
            ExpressionAttributeValues: { ':shard': { S: shard }, ':at': { N: String(at) } },
            Limit: limit,
          });
          return (await pages.next()).value ?? [];
        }),
      );
      return found.flat().map(deliveryIn).slice(0, limit);
    },
  };

  async function replays(webhookId: string): Promise<Replay[]> {
    const items = await allOf(itemsUnder(table, { ...replayItem(webhookId, 0, ''), sk: 'replay#' }));
    return items.map(item => bodyIn<Replay>(item) as Replay);
  }
}

/** A page goes on before a time, so those of its last time are left to the next page unless they fill this one. */
function untilWholeTime(tries: Try[], limit: number): { tries: Try[]; next?: number } {
  const last = tries.at(-1)?.at;
  if (last === undefined || tries.length < limit) return { tries };
  const whole = tries.filter(({ at }) => at !== last);
  return whole.length > 0 ? { tries: whole, next: last + 1 } : { tries, next: last };
}

const bodyIn = <T>(item: Item | undefined): T | undefined => (item ? JSON.parse(item.body?.S as string) : undefined);

export function itemOf(delivery: Delivery, expiresAt: { N: string }): Item {
  const { companyId, webhookId, sequence, attempt, firstTriedAt, dueAt, replayId } = delivery;
  const item: Item = {
    ...keyOf(deliveryItem(webhookId, sequence)),
    company: { S: companyId },
    attempt: { N: String(attempt) },
    expiresAt,
  };
  if (firstTriedAt !== undefined) item.firstTriedAt = { N: String(firstTriedAt) };
  if (replayId !== undefined) item.replay = { S: replayId };
  if (dueAt !== undefined)
    Object.assign(item, { dueAt: { N: String(dueAt) }, dueShard: { S: shardOfText(webhookId) } });
  return item;
}

function deliveryIn(item: Item): Delivery {
  const { pk, sk } = itemKeyOf(item);
  const optional = (name: string) => (item[name] ? numberIn(item, name) : undefined);
  return {
    companyId: item.company?.S as CompanyId,
    webhookId: pk.slice('webhook#'.length),
    sequence: Number(sk.slice('delivery#'.length)),
    attempt: numberIn(item, 'attempt'),
    firstTriedAt: optional('firstTriedAt'),
    dueAt: optional('dueAt'),
    replayId: item.replay?.S,
  };
}
