import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someCompany } from '../../../../doubles/samples.ts';
import {
  checkWebhookUrl,
  type Delivery,
  testEvent,
  type Webhook,
  type WebhookHealth,
  webhookEvents,
} from '../../../../shared/core/domain/webhook.ts';
import {
  afterTry,
  atOnceOf,
  roomFor,
  type TryResult,
  waitOf,
} from '../../../../shared/core/domain/webhook-schedule.ts';

const at = 1_700_000_000_000;
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

describe('the address of a webhook', () => {
  const check = (url: string, isLocal = false) => checkWebhookUrl(url, () => isLocal);

  it.each([
    'https://erp.test/hook?a=b',
    'https://erp.test:443/',
    'https://erp.test:1024/',
    'https://erp.test:8443/',
    `https://erp.test/${'x'.repeat(2000 - 17)}`,
  ])('may be %s', url => {
    expect(check(url)).toBeUndefined();
  });

  it.each([
    ['', 'at most 2000 characters'],
    ['erp.test/hook', 'at most 2000 characters'],
    [`https://erp.test/${'x'.repeat(2000 - 16)}`, 'at most 2000 characters'],
    ['http://erp.test/hook', 'must begin with https://, not http://'],
    ['ftp://erp.test/hook', 'must begin with https://, not ftp://'],
    ['https://user@erp.test/', 'user name or password'],
    ['https://:secret@erp.test/', 'user name or password'],
    ['https://erp.test:1023/', 'may not use port 1023'],
    ['https://erp.test:80/', 'may not use port 80'],
  ])('may not be %s: %s', (url, message) => {
    expect(() => check(url)).toThrow(
      expect.objectContaining({ code: 'bad-address', message: expect.stringContaining(message) }),
    );
  });

  it('may be without encryption, at any port, where the operator permits the host', () => {
    expect(check('http://localhost:80/hook', true)).toBeUndefined();
    expect(() => check('ftp://localhost/hook', true)).toThrow('not ftp://');
    expect(() => check('http://user@localhost/hook', true)).toThrow('user name');
  });
});

describe('the events of a webhook', () => {
  const webhook: Webhook = {
    ...{ id: 'w', companyId: someCompany(), name: 'ERP', url: 'https://erp.test/hook', signing: 'v1', keys: [] },
    ...{ state: 'active', createdAt: 0, version: 3 },
  };

  it('say once that it was disabled, and why', () => {
    const disabled: Webhook = { ...webhook, state: 'disabled', disabledReason: 'gone' };

    expect(webhookEvents(webhook, disabled, at)).toEqual([
      {
        ...{ companyId: webhook.companyId, type: 'webhook.disabled', at, subject: 'w', subjectVersion: 3 },
        data: { webhook: { id: 'w', name: 'ERP', url: 'https://erp.test/hook', disabledReason: 'gone' } },
      },
    ]);
    expect(webhookEvents(undefined, disabled, at)).toHaveLength(1);
    expect(webhookEvents(disabled, disabled, at)).toEqual([]);
    expect(webhookEvents(webhook, { ...webhook, state: 'paused' }, at)).toEqual([]);
  });

  it('include a test, which shows no address', () => {
    expect(testEvent(webhook, at)).toEqual({
      ...{ companyId: webhook.companyId, type: 'webhook.test', at, subject: 'w', subjectVersion: 3 },
      data: { webhook: { id: 'w', name: 'ERP' }, sentAt: '2023-11-14T22:13:20.000Z' },
    });
  });
});

const delivery: Delivery = { companyId: someCompany(), webhookId: 'w', sequence: 4, attempt: 1, dueAt: at };
const healthy: WebhookHealth = { failures: 0 };
const answered = (result: Partial<TryResult>, changes: Partial<Delivery> = {}, health = healthy, random = 0.5) =>
  afterTry({ ...delivery, ...changes }, health, { milliseconds: 1, text: '', ...result }, at, random);

describe('a try', () => {
  it.each([200, 204, 299])('delivers with the answer %i, whatever failed before', status => {
    const lastFailure = { at: 1, message: 'm' };
    const failing = { failures: 30, lastFailure, waitUntil: at + 1, triedAt: 5 };

    expect(answered({ status }, {}, failing)).toEqual({
      isDelivered: true,
      health: { failures: 0, lastFailure, lastSuccessAt: at, triedAt: at },
    });
  });

  it.each([199, 300, 301, 400, 500])('fails with the answer %i, and is repeated', status => {
    expect(answered({ status }, { replayId: 'r' })).toEqual({
      isDelivered: false,
      next: { ...delivery, replayId: 'r', attempt: 2, firstTriedAt: at, dueAt: at + 5000 },
      health: { failures: 1, triedAt: at, lastFailure: { at, status, message: `The receiver answered ${status}.` } },
    });
  });

  it('fails without an answer, and says why', () => {
    const { health } = answered({ error: 'erp.test does not answer.' }, {}, { failures: 3, lastSuccessAt: 7 });

    expect(health).toMatchObject({ failures: 4, lastSuccessAt: 7 });
    expect(health.lastFailure).toEqual({ at, status: undefined, message: 'erp.test does not answer.' });
  });

  const planned = [5000, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];
  it.each(planned.map((wait, index) => [index + 1, wait] as const))(
    'number %i is followed by another after %i milliseconds, a tenth more or less',
    (attempt, wait) => {
      const waits = [0, 0.5, 1].map(random => {
        const { next } = answered({ status: 500 }, { attempt, firstTriedAt: 9 }, healthy, random);
        expect(next).toMatchObject({ attempt: attempt + 1, firstTriedAt: 9 });
        return (next?.dueAt ?? 0) - at;
      });

      expect(waits).toEqual([Math.round(wait * 0.9), wait, Math.round(wait * 1.1)]);
    },
  );

  it('number ten is the last, and the event is kept for a replay', () => {
    const first = { attempt: 10, firstTriedAt: at - 3 * day };
    const last = { ...delivery, ...first, dueAt: undefined };
    const over = (lastSuccessAt?: number) => answered({ status: 500 }, first, { failures: 9, lastSuccessAt });

    expect(over()).toMatchObject({ isDelivered: false, next: last, disable: 'failing' });
    expect(over(first.firstTriedAt - 1).disable).toBe('failing');
    expect(over(first.firstTriedAt).disable).toBeUndefined();
    expect(over(at).disable).toBeUndefined();
  });

  it('disables a webhook whose receiver is gone', () => {
    expect(answered({ status: 410 })).toMatchObject({
      isDelivered: false,
      next: { attempt: 2, firstTriedAt: at, dueAt: undefined },
      health: { failures: 1 },
      disable: 'gone',
    });
  });

  it.each([429, 503])('is repeated when the receiver asks, within a day: %i', status => {
    const dueAt = (retryAfterMilliseconds?: number) => answered({ status, retryAfterMilliseconds }).next?.dueAt;

    expect([dueAt(), dueAt(1), dueAt(hour), dueAt(2 * day)]).toEqual([at + 5000, at + 5000, at + hour, at + day]);
  });

  it('is not put off by what other answers ask', () => {
    expect(answered({ status: 500, retryAfterMilliseconds: hour }).next?.dueAt).toBe(at + 5000);
  });

  it.each([429, 502, 504])('lets an overloaded receiver rest for a minute: %i', status => {
    expect(answered({ status }).health.waitUntil).toBe(at + minute);
  });

  it.each([400, 500, 503])('does not change how long a receiver rests: %i', status => {
    expect(answered({ status }, {}, { failures: 1, waitUntil: at + 1 }).health.waitUntil).toBe(at + 1);
    expect(answered({ status }).health.waitUntil).toBeUndefined();
  });
});

describe('a webhook', () => {
  it('is left alone as long as its receiver rests, and a minute after each try once it is slow', () => {
    const wait = (health: Partial<WebhookHealth>) => waitOf({ failures: 0, ...health }, at);

    expect(wait({})).toBe(0);
    expect(wait({ waitUntil: at - 1 })).toBe(0);
    expect(wait({ waitUntil: at + 7 })).toBe(7);
    expect(wait({ failures: 19, triedAt: at })).toBe(0);
    expect(wait({ failures: 20, triedAt: at })).toBe(minute);
    expect(wait({ failures: 20, triedAt: at - minute })).toBe(0);
    expect(wait({ failures: 20 })).toBe(0);
    expect(wait({ failures: 20, triedAt: at, waitUntil: at + 2 * minute })).toBe(2 * minute);
  });

  it('has room for four deliveries, for one when it is slow, and for none while it rests', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 25 }), fc.nat(6), fc.boolean(), (failures, underWay, rests) => {
        const health = { failures, waitUntil: rests ? at + 1 : at };
        const most = failures < 20 ? 4 : 1;

        expect(atOnceOf(health)).toBe(most);
        expect(roomFor(health, underWay, at)).toBe(rests ? 0 : Math.max(0, most - underWay));
      }),
    );
  });
});
