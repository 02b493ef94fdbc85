import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { EventType, LoggedEvent } from '../../../core/domain/event.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { Clock, EventLog } from '../../../core/ports/index.ts';
import { inflateJson } from './deflated-json.ts';
import { type Item, keyOf, numberIn, orInternal, pagesOf, type Table } from './dynamo.ts';
import { eventItem, headItem, seenItem } from './table.ts';

const day = 24 * 60 * 60_000;
const inUseMilliseconds = 30 * day;
/** Readers of events renew the mark once a day. */
const renewedMilliseconds = 29 * day;
/** Readers ask this often: nothing wakes a function that waits. */
const pollMilliseconds = 1000;

/** Reads the log that the function `events` writes from the streams of jobs and registry. */
export function makeEventLog(table: Table, clock: Pick<Clock, 'now' | 'pause'>): EventLog {
  async function headOf(companyId: CompanyId): Promise<Item> {
    const command = new GetItemCommand({
      TableName: table.name,
      Key: keyOf(headItem(companyId)),
      ConsistentRead: true,
    });
    return (await orInternal(table.client.send(command))).Item ?? {};
  }
  const newestOf = (head: Item) => (head.newest ? numberIn(head, 'newest') : 0);

  async function page(companyId: CompanyId, after: number, limit: number): Promise<Item[]> {
    const pages = pagesOf(table, {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':pk': { S: eventItem(companyId, 0).pk },
        ':from': { S: eventItem(companyId, after + 1).sk },
        ':to': { S: eventItem(companyId, 10 ** 12 - 1).sk },
      },
      ConsistentRead: true,
      Limit: limit,
    });
    return (await pages.next()).value ?? [];
  }

  return {
    async read(companyId, after, limit) {
      return (await page(companyId, after, limit)).map(eventIn);
    },

    async find(companyId, eventId) {
      const command = new GetItemCommand({
        TableName: table.name,
        Key: keyOf(seenItem(eventId)),
        ConsistentRead: true,
      });
      const { Item: seen } = await orInternal(table.client.send(command));
      if (seen?.company?.S !== companyId) return undefined;
      const [found] = await page(companyId, numberIn(seen, 'sequence') - 1, 1);
      return found && eventIn(found);
    },

    async range(companyId) {
      const [[first], head] = await Promise.all([page(companyId, 0, 1), headOf(companyId)]);
      return { oldest: first ? eventIn(first).sequence : 0, newest: newestOf(head) };
    },

    async waitFor(companyId, after, milliseconds, signal) {
      const until = clock.now() + milliseconds;
      for (;;) {
        if (newestOf(await headOf(companyId)) > after) return true;
        const left = until - clock.now();
        if (left <= 0 || signal?.aborted) return false;
        await clock.pause(Math.min(left, pollMilliseconds));
      }
    },

    async keepInUse(companyId) {
      const now = clock.now();
      const { inUseUntil } = await headOf(companyId);
      if (Number(inUseUntil?.N ?? 0) > now + renewedMilliseconds) return;
      const command = new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(headItem(companyId)),
        UpdateExpression: 'SET inUseUntil = :until',
        ExpressionAttributeValues: { ':until': { N: String(now + inUseMilliseconds) } },
      });
      await orInternal(table.client.send(command));
    },
  };
}

/** The event of an item; its other members are as in the log of one machine. */
function eventIn(item: Item): LoggedEvent {
  return {
    id: item.id?.S as string,
    sequence: numberIn(item, 'sequence'),
    type: item.type?.S as EventType,
    at: numberIn(item, 'at'),
    subject: item.subject?.S as string,
    place: item.place?.S,
    body: inflateJson<{ body: string }>(item.body?.B as Uint8Array).body,
  };
}
