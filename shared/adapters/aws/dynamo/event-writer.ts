import { GetItemCommand, PutItemCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { eventIdOf, isWanted, type LoggedEvent, type NewEvent, numbered } from '../../../core/domain/event.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { Announced, LastChange } from '../../../core/domain/place-changes.ts';
import type { Delivery, Webhook } from '../../../core/domain/webhook.ts';
import type { Clock, EventWriter, MessageQueue } from '../../../core/ports/index.ts';
import { deflateJson } from './deflated-json.ts';
import {
  allOf,
  getAll,
  type Item,
  itemKeyOf,
  itemsUnder,
  keyOf,
  numberIn,
  orInternal,
  pagesOf,
  type Table,
  writeTransaction,
} from './dynamo.ts';
import { announcedItem, eventItem, headItem, seenItem, shardOfText, shards, webhooksOf } from './table.ts';
import { itemOf } from './webhook-store.ts';

/*
 * Writes events to the log. The number of the newest event, the events, a mark for each id, and the deliveries to webhooks
 * are one transaction, on the condition that the newest number is the one that was read. So there is no gap, no event
 * is written twice, and a reader that has seen a number never sees a lower one later. Of two writers for a company one
 * fails, and takes the next numbers.
 */

/** [Amazon DynamoDB, TransactWriteItems: 100 items] */
const itemsAtMost = 100;
const eventSeconds = 30 * 24 * 60 * 60;
const roundsAtMost = 20;
const pauseMilliseconds = 20;

export function makeEventWriter(table: Table, clock: Pick<Clock, 'now' | 'pause'>, queue: MessageQueue): EventWriter {
  async function get(Key: Item): Promise<Item> {
    const command = new GetItemCommand({ TableName: table.name, Key, ConsistentRead: true });
    return (await orInternal(table.client.send(command))).Item ?? {};
  }
  const headOf = (companyId: CompanyId) => get(keyOf(headItem(companyId)));

  async function unwritten(events: NewEvent[]): Promise<NewEvent[]> {
    // a stream may repeat a change within a batch
    const once = new Map(events.map(event => [seenItem(eventIdOf(event)).pk, event]));
    const seen = await getAll(
      table,
      [...once.values()].map(event => seenItem(eventIdOf(event))),
    );
    for (const item of seen) once.delete(itemKeyOf(item).pk);
    return [...once.values()];
  }

  async function webhooksFor(companyId: CompanyId): Promise<Webhook[]> {
    const items = await allOf(itemsUnder(table, webhooksOf(companyId)));
    const webhooks = items.map(item => JSON.parse(item.body?.S as string) as Webhook);
    return webhooks.filter(({ state }) => state !== 'disabled');
  }

  /** Writes as many as fit into a transaction. Returns those that are left, all of them when another writer was first. */
  async function writeSome(companyId: CompanyId, events: NewEvent[], webhooks: Webhook[]): Promise<NewEvent[]> {
    const head = await headOf(companyId);
    const newest = head.newest ? numberIn(head, 'newest') : 0;
    const some = events.slice(0, Math.floor((itemsAtMost - 1) / (2 + webhooks.length)));
    const logged = some.map((event, index) => numbered(event, newest + 1 + index));
    const now = clock.now();
    const deliveries = logged.flatMap(event =>
      webhooks
        .filter(webhook => isWanted(event, webhook))
        .map(({ id }): Delivery => ({ companyId, webhookId: id, sequence: event.sequence, attempt: 1, dueAt: now })),
    );
    const expiresAt = { N: String(Math.floor(now / 1000) + eventSeconds) };
    const writes: TransactWriteItem[] = [
      raiseHead(table, companyId, newest, newest + some.length),
      ...logged.flatMap(event => eventWrites(table, companyId, event, expiresAt)),
      ...deliveries.map(delivery => ({ Put: { TableName: table.name, Item: itemOf(delivery, expiresAt) } })),
    ];
    if (await writeTransaction(table, writes)) return await unwritten(events);
    // the sweep finds what is not sent here
    await queue
      .send(
        'notify',
        deliveries.map(({ webhookId, sequence, attempt }) => ({ companyId, webhookId, sequence, attempt })),
      )
      .catch(() => undefined);
    return events.slice(some.length);
  }

  return {
    async isInUse(companyId) {
      const { inUseUntil } = await headOf(companyId);
      return Number(inUseUntil?.N ?? 0) > clock.now();
    },

    async write(companyId, events) {
      let left = events.length > 0 ? await unwritten(events) : [];
      if (left.length === 0) return;
      const webhooks = await webhooksFor(companyId);
      for (let round = 0; left.length > 0; round++) {
        const before = left.length;
        left = await writeSome(companyId, left, webhooks);
        if (left.length < before) round = 0;
        else if (round >= roundsAtMost) throw new Error(`Events of ${companyId} could not be written.`);
        else await clock.pause(pauseMilliseconds * (round + 1));
      }
    },

    async announcedOf(companyId, place) {
      const { value, at, dueAt, lastChange } = await get(keyOf(announcedItem(companyId, place)));
      if (value?.S === undefined) return undefined;
      const last = lastChange?.S === undefined ? undefined : (JSON.parse(lastChange.S) as LastChange);
      return { value: value.S, at: Number(at?.N), dueAt: dueAt ? Number(dueAt.N) : undefined, last };
    },

    async saveAnnounced(companyId, place, { value, at, dueAt, last }: Announced) {
      const Item: Item = {
        ...keyOf(announcedItem(companyId, place)),
        value: { S: value },
        at: { N: String(at) },
      };
      if (last) Item.lastChange = { S: JSON.stringify(last) };
      const dueShard = { S: `announce#${shardOfText(Buffer.from(companyId).toString('hex'))}` };
      if (dueAt !== undefined) Object.assign(Item, { dueAt: { N: String(dueAt) }, dueShard });
      await orInternal(table.client.send(new PutItemCommand({ TableName: table.name, Item })));
    },

    async dueAnnouncements(at, limit) {
      const found = await Promise.all(
        shards.map(async shard => {
          const pages = pagesOf(table, {
            IndexName: 'byDueAt',
            KeyConditionExpression: 'dueShard = :shard AND dueAt <= :at',
            ExpressionAttributeValues: { ':shard': { S: `announce#${shard}` }, ':at': { N: String(at) } },
            Limit: limit,
          });
          return (await pages.next()).value ?? [];
        }),
      );
      return found.flat().map(item => {
        const { pk, sk } = itemKeyOf(item);
        const companyId = pk.slice('company#'.length) as CompanyId;
        return { companyId, place: sk.slice('announced#'.length), dueAt: numberIn(item, 'dueAt') };
      });
    },
  };
}

const raiseHead = (table: Table, companyId: CompanyId, from: number, to: number): TransactWriteItem => ({
  Update: {
    TableName: table.name,
    Key: keyOf(headItem(companyId)),
    UpdateExpression: 'SET newest = :to',
    ConditionExpression: from === 0 ? 'attribute_not_exists(newest)' : 'newest = :from',
    ExpressionAttributeValues: { ':to': { N: String(to) }, ...(from === 0 ? {} : { ':from': { N: String(from) } }) },
  },
});

function eventWrites(
  table: Table,
  companyId: CompanyId,
  event: LoggedEvent,
  expiresAt: { N: string },
): TransactWriteItem[] {
  const { id, sequence, type, at, subject, place, body } = event;
  const item: Item = {
    ...keyOf(eventItem(companyId, sequence)),
    id: { S: id },
    sequence: { N: String(sequence) },
    type: { S: type },
    at: { N: String(at) },
    subject: { S: subject },
    body: { B: deflateJson({ body }) },
    expiresAt,
  };
  if (place !== undefined) item.place = { S: place };
  const seen = { ...keyOf(seenItem(id)), company: { S: companyId }, sequence: { N: String(sequence) }, expiresAt };
  return [
    { Put: { TableName: table.name, Item: item } },
    { Put: { TableName: table.name, Item: seen, ConditionExpression: 'attribute_not_exists(pk)' } },
  ];
}
