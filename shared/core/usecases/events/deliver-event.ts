import { log } from '../../../telemetry/log.ts';
import type { Principal } from '../../domain/company.ts';
import { type LoggedEvent, numbered } from '../../domain/event.ts';
import { type Delivery, type Try, testEvent, type Webhook, webhookEvents } from '../../domain/webhook.ts';
import { afterTry, atOnceOf, type TryResult, waitOf } from '../../domain/webhook-schedule.ts';
import type { EventMessage, EventPoster, Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';
import { findWebhook } from './find-webhook.ts';
import { type KeyPorts, signedHeaders } from './webhook-keys.ts';

export type DeliverPorts = KeyPorts &
  Pick<Ports, 'webhookStore' | 'events' | 'eventWriter' | 'queue' | 'registry'> & { eventPoster: EventPoster };

/** A call goes on with other events for so long; what is left then gets a message of its own. */
const goesOnMilliseconds = 30_000;

/**
 * Makes one try to deliver an event, and goes on with other due events of the webhook: messages that come while all places
 * of the webhook are taken end without a try. An event is due before its message is sent, and a place is free before the
 * next event is looked for, so none is passed over.
 */
export async function deliverEvent(ports: DeliverPorts, message: EventMessage): Promise<void> {
  const until = ports.clock.now() + goesOnMilliseconds;
  for (let next: EventMessage | undefined = message; next; ) {
    if (ports.clock.now() > until) return await ports.queue.send('notify', [next]);
    if (!(await deliverOne(ports, next))) return;
    const due: Delivery | undefined = await ports.webhookStore.nextDue(next.webhookId, next.sequence);
    next = due && messageOf(due);
  }
}

const messageOf = ({ companyId, webhookId, sequence, attempt }: Delivery): EventMessage => {
  return { companyId, webhookId, sequence, attempt };
};

/** Makes one try and plans the next one. False without a try. A receiver that answers slowly may get an event twice. */
async function deliverOne(ports: DeliverPorts, message: EventMessage): Promise<boolean> {
  const { companyId, webhookId, sequence } = message;
  const webhook = await ports.webhookStore.getWebhook(companyId, webhookId);
  if (webhook?.state !== 'active') return false;
  const before = await ports.webhookStore.healthOf(webhookId);
  const delivery = await ports.webhookStore.takeDelivery(webhookId, sequence, message.attempt, atOnceOf(before));
  if (!delivery) return false;
  const wait = waitOf(before, ports.clock.now());
  if (wait > 0) {
    await ports.webhookStore.settle(delivery, { ...delivery, dueAt: ports.clock.now() + wait });
    return false;
  }
  const [event] = await ports.events.read(companyId, sequence - 1, 1);
  if (event?.sequence !== sequence) {
    await forget(ports, delivery, message);
    return true;
  }
  const at = ports.clock.now();
  const result = await post(ports, webhook, event, at, delivery.replayId);
  const { isDelivered, next, health, disable } = afterTry(
    delivery,
    await ports.webhookStore.healthOf(webhookId),
    result,
    ports.clock.now(),
    randomOf(ports.clock.token()),
  );
  const { status, milliseconds, error } = result;
  const { attempt, replayId } = delivery;
  const tried: Try = { eventId: event.id, sequence, attempt, at, isDelivered, status, milliseconds, error, replayId };
  await ports.webhookStore.settle(delivery, next, tried, health);
  if (next?.dueAt !== undefined) await sendLater(ports, next, next.dueAt - ports.clock.now());
  if (!isDelivered)
    log.info('event-not-delivered', { companyId, webhookId, eventId: event.id, attempt, status, error });
  if (disable) await disableWebhook(ports, webhook, disable);
  return true;
}

/** The queue takes short waits; for longer ones the sweep finds the delivery. The server of one machine finds all. */
async function sendLater({ queue, registry }: DeliverPorts, delivery: Delivery, milliseconds: number): Promise<void> {
  const seconds = Math.ceil(milliseconds / 1000);
  if (registry.isLocal || seconds > longestDelaySeconds) return;
  await queue.send('notify', [messageOf(delivery)], Math.max(seconds, 0));
}

/** [Amazon SQS, message timers] */
const longestDelaySeconds = 900;

/** From 0 to 1. */
const randomOf = (token: string) => Number.parseInt(token.slice(-8), 16) / 0xffffffff;

/** The event was deleted from the log after 30 days. */
async function forget(ports: DeliverPorts, delivery: Delivery, { sequence, attempt }: EventMessage) {
  const at = ports.clock.now();
  const tried = {
    eventId: '',
    sequence,
    attempt,
    at,
    isDelivered: false,
    milliseconds: 0,
    error: 'The event is gone.',
  };
  await ports.webhookStore.settle(delivery, undefined, tried);
}

async function post(
  ports: DeliverPorts,
  webhook: Webhook,
  { id, body }: Pick<LoggedEvent, 'id' | 'body'>,
  at: number,
  replayId?: string,
): Promise<TryResult> {
  const signed = await signedHeaders(ports, webhook, { id, body, at });
  const headers = { ...signed, ...(replayId ? { 'platen-replay': replayId } : {}) };
  return await ports.eventPoster.post(webhook.url, headers, body);
}

async function disableWebhook(
  ports: DeliverPorts,
  webhook: Webhook,
  disabledReason: NonNullable<Webhook['disabledReason']>,
): Promise<void> {
  const { companyId, id } = webhook;
  const outcome = await saveWith(
    () => ports.webhookStore.getWebhook(companyId, id),
    current => (current.state === 'active' ? { ...current, state: 'disabled' as const, disabledReason } : undefined),
    current => ports.webhookStore.saveWebhook(current),
  );
  if (!outcome?.changed) return;
  log.warn('webhook-disabled', { companyId, webhookId: id, reason: disabledReason });
  // on one machine the store has written it in the transaction of the change
  if (ports.registry.isLocal) return;
  await ports.eventWriter.write(companyId, webhookEvents(webhook, outcome.now, ports.clock.now()));
}

/** Sends the event `webhook.test` at once, whatever the state of the webhook. */
export async function testWebhook(
  ports: DeliverPorts,
  principal: Principal,
  { id }: { id: string },
): Promise<TryResult> {
  const webhook = await findWebhook(ports, principal, id);
  const at = ports.clock.now();
  return await post(ports, webhook, numbered(testEvent(webhook, at), 0), at);
}
