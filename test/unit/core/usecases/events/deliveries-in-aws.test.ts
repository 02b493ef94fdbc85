import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someJob } from '../../../../../doubles/samples.ts';
import type { DueDeliveries } from '../../../../../shared/adapters/embedded/sqlite/webhook-store.ts';
import type { NewEvent } from '../../../../../shared/core/domain/event.ts';
import type { Delivery, Webhook } from '../../../../../shared/core/domain/webhook.ts';
import type { TryResult } from '../../../../../shared/core/domain/webhook-schedule.ts';
import type { EventMessage, Ports } from '../../../../../shared/core/ports/index.ts';
import { type DeliverPorts, deliverEvent } from '../../../../../shared/core/usecases/events/deliver-event.ts';
import { listDeliveries } from '../../../../../shared/core/usecases/events/list-deliveries.ts';
import { createWebhook } from '../../../../../shared/core/usecases/events/manage-webhooks.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import { company, openWorld, startedAt, type World } from '../../../world.ts';

/*
 * Deliveries where no server looks for what is due: a try plans the next one by a message, and the sweep sends the messages
 * of those that are later than a queue can wait.
 */

const principal = { companyId: company, scopes: ['admin' as const] };
const [second, minute] = [1000, 60_000];
let world: World;
let ports: Ports & DeliverPorts;
let webhook: Webhook;
let messages: { queue: string; message: EventMessage; delaySeconds?: number }[];
let written: NewEvent[];
let posted: string[];
/** What the receiver answers, and how long it takes. */
let answer: Partial<TryResult>;
let answerMilliseconds: number;

beforeEach(async () => {
  world = await openWorld();
  [messages, written, posted] = [[], [], []];
  [answer, answerMilliseconds] = [{ status: 200 }, 0];
  ports = {
    ...world.ports,
    registry: { ...world.ports.registry, isLocal: false },
    queue: {
      send: async (queue: string, sent: object[], delaySeconds?: number) =>
        void messages.push(...sent.map(message => ({ queue, message: message as EventMessage, delaySeconds }))),
    } as Ports['queue'],
    webhookStore: {
      ...world.ports.webhookStore,
      nextDue: async (_id, after) => due().find(({ sequence }) => sequence > after) ?? due()[0],
      dueDeliveries: async () => due(),
    },
    eventWriter: { ...world.ports.eventWriter, write: async (_company, events) => void written.push(...events) },
    eventPoster: {
      check: () => undefined,
      async post(_url, _headers, body) {
        posted.push(JSON.parse(body).subject);
        world.wait(answerMilliseconds);
        return { milliseconds: 5, text: '', ...answer };
      },
    },
  };
  ({ webhook } = await createWebhook(ports, principal, { url: 'https://erp.test/hook', types: ['job.created'] }));
});
afterEach(() => world.close());

/** Makes a job, and returns the message of the delivery of its event. */
async function makeEvent(): Promise<EventMessage> {
  await world.ports.jobs.create([someJob(company)]);
  const { newest: sequence } = await world.ports.events.range(company);
  return { companyId: company, webhookId: webhook.id, sequence, attempt: 1 };
}
const due = (): Delivery[] => (world.ports.webhookStore as unknown as DueDeliveries).dueOf(webhook.id, 100);
const tries = async () => (await listDeliveries(ports, principal, { id: webhook.id, limit: 100 })).tries;

describe('a delivery', () => {
  it('is over once the receiver has it', async () => {
    await deliverEvent(ports, await makeEvent());

    expect([posted.length, messages, due()]).toEqual([1, [], []]);
    expect(await tries()).toMatchObject([
      { attempt: 1, at: startedAt, isDelivered: true, status: 200, milliseconds: 5 },
    ]);
  });

  it('has a message for its next try while a queue can wait for it, and is found by the sweep then', async () => {
    answer = { status: 500 };
    let message = await makeEvent();
    const delays = [];
    for (const wait of [6 * second, 6 * minute]) {
      await deliverEvent(ports, message);
      const [planned] = messages.splice(0);
      delays.push(planned?.delaySeconds);
      expect(planned).toMatchObject({ queue: 'notify', message: { ...message, attempt: message.attempt + 1 } });
      message = planned?.message as EventMessage;
      world.wait(wait);
    }
    await deliverEvent(ports, message);
    await sweep(ports);
    const early = messages.splice(0);
    world.wait(34 * minute);
    await sweep(ports);

    expect(delays[0]).toBeOneOf([5, 6]);
    expect(delays[1]).toBeGreaterThanOrEqual(270);
    expect(delays[1]).toBeLessThanOrEqual(330);
    expect(early).toEqual([]);
    expect(messages).toEqual([{ queue: 'notify', message: { ...message, attempt: 4 }, delaySeconds: undefined }]);
  });

  it('is taken once by messages that come twice', async () => {
    const message = await makeEvent();

    await deliverEvent(ports, message);
    await deliverEvent(ports, message);

    expect(posted).toHaveLength(1);
  });

  it('takes other due events along for half a minute, and leaves the rest to a message', async () => {
    const [first] = [await makeEvent(), await makeEvent(), await makeEvent(), await makeEvent(), await makeEvent()];
    answerMilliseconds = 15 * second;

    await deliverEvent(ports, first as EventMessage);

    expect(posted).toHaveLength(3);
    const left = due().map(({ sequence }) => sequence);
    expect(left).toHaveLength(2);
    expect(messages).toMatchObject([{ queue: 'notify', message: { sequence: left[0], attempt: 1 } }]);
    expect(messages[0]?.delaySeconds).toBeUndefined();
  });

  it('of an event that is no longer kept is noted, and the next one follows', async () => {
    const [gone, kept] = [await makeEvent(), await makeEvent()];
    const events: Ports['events'] = {
      ...ports.events,
      read: async (companyId, after, limit) =>
        (await ports.events.read(companyId, after, limit)).filter(({ sequence }) => sequence !== gone.sequence),
    };

    await deliverEvent({ ...ports, events }, gone);

    expect(posted).toHaveLength(1);
    expect(due()).toEqual([]);
    expect(await tries()).toMatchObject([
      { sequence: kept.sequence, isDelivered: true },
      { sequence: gone.sequence, attempt: 1, isDelivered: false, error: 'The event is gone.' },
    ]);
  });

  it('waits as long as its receiver rests, without a try', async () => {
    const message = await makeEvent();
    await ports.webhookStore.saveHealth(webhook.id, { failures: 1, waitUntil: startedAt + 7 * second });

    await deliverEvent(ports, message);

    world.wait(7 * second - 1);
    const early = due();
    world.wait(1);
    expect([posted, early]).toEqual([[], []]);
    expect(due()).toMatchObject([{ attempt: 1, dueAt: startedAt + 7 * second }]);
  });

  it('is not made for a webhook that is unknown', async () => {
    await deliverEvent(ports, { ...(await makeEvent()), webhookId: 'unknown' });

    expect(posted).toEqual([]);
  });
});

it('a webhook whose receiver is gone is disabled, which is written once', async () => {
  const [first, second] = [await makeEvent(), await makeEvent()];
  answer = { status: 410 };

  await deliverEvent(ports, first);
  await deliverEvent(ports, second);

  expect(posted).toHaveLength(1);
  expect(await ports.webhookStore.getWebhook(company, webhook.id)).toMatchObject({
    state: 'disabled',
    disabledReason: 'gone',
  });
  expect(written).toMatchObject([{ type: 'webhook.disabled', companyId: company, subject: webhook.id, at: startedAt }]);
});

it('the sweep announces states that were held back', async () => {
  const due = { value: '', at: 0, dueAt: startedAt };
  await ports.eventWriter.saveAnnounced(company, 'office', due);

  await sweep(ports);

  expect(await ports.eventWriter.dueAnnouncements(startedAt, 10)).toEqual([]);
});
