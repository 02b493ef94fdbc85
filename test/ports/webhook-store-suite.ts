import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually, type Harness } from '../../doubles/harness.ts';
import { someCompany, someToken } from '../../doubles/samples.ts';
import type { CompanyId } from '../../shared/core/domain/ids.ts';
import type { Delivery, Try, Webhook } from '../../shared/core/domain/webhook.ts';
import type { WebhookStore } from '../../shared/core/ports/index.ts';

type StoreHarness = Harness & { webhookStore: WebhookStore; clock: { now(): number } };

export const someWebhook = (companyId: CompanyId, changes: Partial<Webhook> = {}): Webhook => ({
  id: someToken(),
  companyId,
  name: 'ERP',
  url: 'https://erp.example/hook',
  signing: 'v1',
  keys: [{ sealed: 'sealed' }],
  state: 'active',
  createdAt: 1,
  version: 0,
  ...changes,
});

export function webhookStoreSuite(name: string, open: () => Promise<StoreHarness>): void {
  describe(`webhook store: ${name}`, () => {
    let harness: StoreHarness;
    let store: WebhookStore;
    let company: CompanyId;
    let webhook: Webhook;

    beforeAll(async () => {
      harness = await open();
      store = harness.webhookStore;
    });
    afterAll(() => harness.close());
    beforeEach(async () => {
      company = someCompany();
      webhook = someWebhook(company);
      await store.saveWebhook(webhook);
    });

    const now = () => harness.clock.now();
    const delivery = (sequence: number, changes: Partial<Delivery> = {}): Delivery => ({
      companyId: company,
      webhookId: webhook.id,
      sequence,
      attempt: 1,
      firstTriedAt: undefined,
      dueAt: now(),
      replayId: undefined,
      ...changes,
    });
    const take = (sequence: number, attempt: number) => store.takeDelivery(webhook.id, sequence, attempt, 4);
    const attempt = (sequence: number, at: number, isDelivered = true): Try => ({
      eventId: `evt_${sequence}`,
      sequence,
      attempt: 1,
      at,
      isDelivered,
      status: isDelivered ? 204 : 500,
      milliseconds: 5,
    });

    test('saves a webhook on its version', async () => {
      const saved = { ...webhook, version: 1 };
      expect(await store.getWebhook(company, webhook.id)).toEqual(saved);
      expect(await store.saveWebhook({ ...webhook, name: 'a second first' })).toEqual({ conflict: saved });

      const changed = { ...saved, name: 'changed', version: 2 };
      expect(await store.saveWebhook({ ...saved, name: 'changed' })).toEqual({ saved: changed });
      expect(await store.saveWebhook({ ...saved, name: 'too late' })).toEqual({ conflict: changed });
      expect(await store.saveWebhook({ ...someWebhook(company), version: 3 })).toEqual({ conflict: undefined });
    });

    test('lists the webhooks of a company alone, the oldest first', async () => {
      const second = someWebhook(company, { createdAt: 2 });
      await store.saveWebhook(second);
      await store.saveWebhook(someWebhook(someCompany()));

      expect((await store.listWebhooks(company)).map(({ id }) => id)).toEqual([webhook.id, second.id]);
      expect(await store.getWebhook(someCompany(), webhook.id)).toBeUndefined();
    });

    test('gives a try that is due to one caller, and to another one after a minute', async () => {
      await store.putDeliveries([delivery(1), delivery(2, { dueAt: now() + 60_000 })]);

      expect(await take(1, 2)).toBeUndefined();
      expect(await take(2, 1)).toBeUndefined();
      const taken = await Promise.all([1, 2, 3].map(() => take(1, 1)));
      expect(taken.filter(one => one !== undefined)).toHaveLength(1);
      expect(await take(1, 1)).toBeUndefined();
      await harness.advance(70_000);
      expect(await take(1, 1)).toMatchObject({ sequence: 1, attempt: 1, companyId: company });
    });

    test('gives no more tries of a webhook than may be under way, until one is settled', async () => {
      await store.putDeliveries([1, 2, 3, 4, 5, 6].map(sequence => delivery(sequence)));

      const taken = (await Promise.all([1, 2, 3, 4, 5, 6].map(sequence => take(sequence, 1)))).filter(one => !!one);

      expect(taken).toHaveLength(4);
      const left = [1, 2, 3, 4, 5, 6].filter(sequence => !taken.some(one => one.sequence === sequence));
      expect(await take(left[0] as number, 1)).toBeUndefined();
      await store.settle(taken[0] as Delivery, undefined);
      expect(await take(left[0] as number, 1)).toMatchObject({ sequence: left[0] });
      expect(await take(left[1] as number, 1)).toBeUndefined();
      await harness.advance(70_000);
      expect(await take(left[1] as number, 1)).toMatchObject({ sequence: left[1] });
    });

    test('deletes what was delivered, and plans the next try of what was not', async () => {
      await store.putDeliveries([delivery(1), delivery(2)]);
      const [first, second] = [delivery(1), delivery(2)];
      const at = now();

      await store.settle(first, undefined, attempt(1, at), { failures: 0, lastSuccessAt: at });
      await store.settle(second, { ...second, attempt: 2, firstTriedAt: at, dueAt: at }, attempt(2, at + 1, false));

      expect(await store.describeWaiting(webhook.id)).toEqual({ count: 1, dueAt: at });
      expect(await take(1, 1)).toBeUndefined();
      expect(await take(2, 2)).toMatchObject({ firstTriedAt: at, attempt: 2 });
      expect(await store.healthOf(webhook.id)).toEqual({ failures: 0, lastSuccessAt: at });
    });

    test('does not lose an event that a replay queued while its try was under way', async () => {
      const tried = delivery(1, { attempt: 3 });
      await store.putDeliveries([tried]);

      await store.putDeliveries([delivery(1, { replayId: 'again' })]);
      await store.settle(tried, undefined, attempt(1, now()));

      expect((await store.describeWaiting(webhook.id, 'again')).count).toBe(1);
    });

    test('keeps events whose last try failed, until they are replayed', async () => {
      const at = now();
      for (const sequence of [1, 2]) {
        await store.putDeliveries([delivery(sequence, { attempt: 10, firstTriedAt: at + sequence })]);
        const over = delivery(sequence, { attempt: 10, firstTriedAt: at + sequence });
        await store.settle(over, { ...over, dueAt: undefined });
      }

      const found = async (since: number, limit: number) =>
        (await store.listExhausted(webhook.id, since, limit)).map(({ sequence }) => sequence);
      expect(await found(at, 10)).toEqual([1, 2]);
      expect(await found(at + 2, 10)).toEqual([2]);
      expect(await found(at, 1)).toEqual([1]);
      expect((await store.describeWaiting(webhook.id)).count).toBe(0);
    });

    test('lists each try once, newest first, page by page', async () => {
      const at = now();
      for (const sequence of [1, 2, 3, 4, 5]) {
        const sent = delivery(sequence);
        await store.putDeliveries([sent]);
        // some at the same time, since four are under way at once
        await store.settle(sent, undefined, attempt(sequence, at + Math.floor(sequence / 2), sequence !== 3));
      }

      const all = async () => (await store.listTries(webhook.id, { limit: 10 })).tries;
      await eventually(async () => expect(await all()).toHaveLength(5));

      const seen: number[] = [];
      for (let before: number | undefined; ; ) {
        const { tries, next } = await store.listTries(webhook.id, { before, limit: 3 });
        seen.push(...tries.map(({ sequence }) => sequence));
        if (next === undefined) break;
        before = next;
      }
      expect(seen).toEqual([5, 4, 3, 2, 1]);
      const failed = await store.listTries(webhook.id, { isDelivered: false, limit: 10 });
      expect(failed.tries).toEqual([attempt(3, at + 1, false)]);
    });

    test('withdraws what a replay has not delivered', async () => {
      const replay = { id: someToken(), companyId: company, webhookId: webhook.id, events: 2, createdAt: 5 };
      await store.saveReplay({ ...replay, id: someToken(), createdAt: 4 });
      await store.saveReplay(replay);
      await store.putDeliveries([delivery(1, { replayId: replay.id }), delivery(2)]);

      expect(await store.getReplay(webhook.id, replay.id)).toEqual(replay);
      expect(await store.getReplay(webhook.id, someToken())).toBeUndefined();
      expect(await store.lastReplay(webhook.id)).toEqual(replay);
      expect((await store.describeWaiting(webhook.id, replay.id)).count).toBe(1);
      await store.stopReplay(webhook.id, replay.id);
      expect((await store.describeWaiting(webhook.id)).count).toBe(1);
      expect(await take(1, 1)).toBeUndefined();
    });

    test('delivers nothing to a webhook that is disabled or deleted', async () => {
      await store.putDeliveries([delivery(1)]);
      const [saved] = await store.listWebhooks(company);

      await store.saveWebhook({ ...(saved as Webhook), state: 'disabled', disabledReason: 'gone' });
      expect((await store.describeWaiting(webhook.id)).count).toBe(0);

      await store.putDeliveries([delivery(2)]);
      await store.saveHealth(webhook.id, { failures: 3 });
      await store.deleteWebhook(company, webhook.id);
      await store.deleteWebhook(company, webhook.id);
      expect(await store.getWebhook(company, webhook.id)).toBeUndefined();
      expect((await store.describeWaiting(webhook.id)).count).toBe(0);
      expect(await store.healthOf(webhook.id)).toEqual({ failures: 0 });
    });
  });
}
