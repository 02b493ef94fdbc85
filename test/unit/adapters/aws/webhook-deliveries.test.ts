import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openTables } from '../../../../doubles/aws-harness.ts';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { someCompany } from '../../../../doubles/samples.ts';
import { openDynamo } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';
import type { CompanyId } from '../../../../shared/core/domain/ids.ts';
import type { Delivery } from '../../../../shared/core/domain/webhook.ts';
import type { WebhookStore } from '../../../../shared/core/ports/index.ts';

/* Deliveries to webhooks that functions look for: on one machine the server finds them by itself. */

const dynamo = await startStrictDynamo();
afterAll(() => dynamo.close());
const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
const settings = { region: 'eu-central-1', credentials, endpoint: dynamo.endpoint };
const [day, atOnce] = [24 * 60 * 60, 4];

let tables: Awaited<ReturnType<typeof openTables>>;
let store: WebhookStore;
let company: CompanyId;
beforeEach(async () => {
  tables = await openTables(settings);
  store = tables.webhookStore;
  company = someCompany();
  return () => tables.close();
});

const now = () => tables.clock.now();
const [first, second] = ['00'.repeat(16), 'ff'.repeat(16)] as const;
const delivery = (sequence: number, changes: Partial<Delivery> = {}): Delivery => ({
  ...{ companyId: company, webhookId: first, sequence, attempt: 1, firstTriedAt: undefined },
  ...{ dueAt: now(), replayId: undefined },
  ...changes,
});

describe('the next delivery of a webhook that is due', () => {
  const nextAfter = async (after: number) => (await store.nextDue(first, after))?.sequence;

  it('is the one with the next number, and after the last one the first again', async () => {
    await store.putDeliveries([2, 4, 9].map(sequence => delivery(sequence)));
    await store.putDeliveries([delivery(5, { webhookId: second })]);

    expect([await nextAfter(0), await nextAfter(2), await nextAfter(4)]).toEqual([2, 4, 9]);
    expect(await nextAfter(9)).toBe(2);
    expect(await store.nextDue(first, 2)).toEqual(delivery(4));
  });

  it('is none that is under way, due later, or has failed for good', async () => {
    await store.putDeliveries([
      delivery(1, { dueAt: now() + 1 }),
      delivery(2, { dueAt: undefined, firstTriedAt: 1 }),
      delivery(3),
    ]);
    const before = await nextAfter(0);
    await store.takeDelivery(first, 3, 1, atOnce);

    expect([before, await nextAfter(0)]).toEqual([3, undefined]);
    await tables.advance(1);
    expect(await nextAfter(0)).toBe(1);
  });
});

describe('deliveries of all webhooks', () => {
  it('are found when they are due, and no more than asked for', async () => {
    await store.putDeliveries([
      delivery(1, { dueAt: 1000, firstTriedAt: 7, replayId: 'again', attempt: 3 }),
      delivery(2, { dueAt: 1001 }),
      delivery(3, { dueAt: undefined }),
      delivery(4, { dueAt: 999, webhookId: second }),
    ]);

    const due = async (at: number, limit = 10) => await store.dueDeliveries(at, limit);

    expect((await due(1000)).map(({ sequence }) => sequence)).toEqual([1, 4]);
    expect((await due(1000))[0]).toEqual(delivery(1, { dueAt: 1000, firstTriedAt: 7, replayId: 'again', attempt: 3 }));
    expect(await due(1001)).toHaveLength(3);
    expect(await due(1001, 2)).toHaveLength(2);
    expect(await due(998)).toEqual([]);
  });
});

describe('a try', () => {
  it('that another caller was given takes no place', async () => {
    await store.putDeliveries([1, 2, 3, 4].map(sequence => delivery(sequence)));
    const take = (sequence: number, attempt = 1) => store.takeDelivery(first, sequence, attempt, atOnce);

    await Promise.all([1, 1, 1, 1].map(sequence => take(sequence)));
    await take(2, 2);
    const others = await Promise.all([2, 3, 4].map(sequence => take(sequence)));

    expect(others.map(taken => taken?.sequence)).toEqual([2, 3, 4]);
    expect(new Set(others.map(taken => taken?.place)).size).toBe(3);
  });

  it('is over after 70 seconds, when another caller may be given it', async () => {
    await store.putDeliveries([delivery(1)]);
    const take = () => store.takeDelivery(first, 1, 1, 1);
    const taken = await take();

    await tables.advance(69_999);
    const early = await take();
    await tables.advance(1);

    expect([taken?.place, early, (await take())?.place]).toEqual([0, undefined, 0]);
  });
});

it('records of deliveries go by themselves', async () => {
  await store.putDeliveries([delivery(1), delivery(2)]);
  const taken = (await store.takeDelivery(first, 1, 1, atOnce)) as Delivery;
  const tried = { ...{ eventId: 'e', sequence: 1, attempt: 1, at: now(), isDelivered: false, milliseconds: 5 } };
  await store.settle(taken, { ...taken, attempt: 2 }, tried);
  await store.saveReplay({ id: 'r', companyId: company, webhookId: first, events: 1, createdAt: now() });

  const client = openDynamo(settings);
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tables.names.eventsTable }));
  client.destroy();
  const expiries = Items.map(({ sk, expiresAt }) => [
    sk?.S?.replace(/#.*/, ''),
    (Number(expiresAt?.N) - Math.floor(now() / 1000)) / day,
  ]);

  expect(expiries.toSorted()).toEqual([
    ['delivery', 30],
    ['delivery', 30],
    ['places', 30],
    ['replay', 30],
    ['try', 7],
  ]);
});
