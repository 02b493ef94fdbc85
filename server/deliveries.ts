import type { EventEmitter } from 'node:events';
import type { DueDeliveries } from '../shared/adapters/embedded/sqlite/webhook-store.ts';
import type { CompanyId } from '../shared/core/domain/ids.ts';
import type { Webhook } from '../shared/core/domain/webhook.ts';
import { roomFor } from '../shared/core/domain/webhook-schedule.ts';
import type { Clock, EventMessage, WebhookStore } from '../shared/core/ports/index.ts';
import { log } from '../shared/telemetry/log.ts';

/*
 * Begins due deliveries of events to webhooks: as soon as an event is written, and each second for those whose time has
 * come. Each webhook has its own few places, so one whose receiver hangs takes nothing from the others.
 */

const atOnce = 64;
const lookEveryMilliseconds = 1000;

export interface DeliverySources {
  webhookStore: Pick<WebhookStore, 'healthOf'> & DueDeliveries;
  eventWritten: EventEmitter;
  clock: Pick<Clock, 'now'>;
}

/** `deliver` makes one try, and never takes longer than its time limit. */
export function startDeliveries(
  { webhookStore, eventWritten, clock }: DeliverySources,
  deliver: (message: EventMessage) => Promise<unknown>,
): { stop(): Promise<void> } {
  /** sequences under way, by webhook */
  const underWay = new Map<string, Set<number>>();
  const running = new Set<Promise<void>>();
  let isStopped = false;

  async function look(webhook: Webhook): Promise<void> {
    const health = await webhookStore.healthOf(webhook.id);
    const busy = underWay.get(webhook.id) ?? new Set();
    underWay.set(webhook.id, busy);
    const room = Math.min(roomFor(health, busy.size, clock.now()), atOnce - running.size);
    if (room <= 0 || isStopped) return;
    const due = webhookStore.dueOf(webhook.id, room + busy.size).filter(({ sequence }) => !busy.has(sequence));
    for (const { companyId, webhookId, sequence, attempt } of due.slice(0, room)) {
      busy.add(sequence);
      const one = deliver({ companyId, webhookId, sequence, attempt })
        .catch(error => log.error('delivery-failed', { companyId, webhookId, sequence, error }))
        .then(() => {
          busy.delete(sequence);
          running.delete(one);
          if (busy.size === 0) underWay.delete(webhook.id);
          lookAt(companyId, webhook.id);
        });
      running.add(one);
    }
  }

  /** Webhooks take turns to begin, so that a busy one does not take all places again and again. */
  let turn = 0;
  function lookAt(companyId?: CompanyId, only?: string): void {
    if (isStopped) return;
    const all = webhookStore.activeWebhooks(companyId).filter(({ id }) => only === undefined || id === only);
    turn++;
    for (const index of all.keys()) {
      const webhook = all[(index + turn) % all.length] as Webhook;
      look(webhook).catch(error => log.error('deliveries-not-read', { webhookId: webhook.id, error }));
    }
  }

  const onEvent = (companyId: CompanyId) => lookAt(companyId);
  eventWritten.on('event', onEvent);
  const timer = setInterval(lookAt, lookEveryMilliseconds);
  lookAt();
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      eventWritten.off('event', onEvent);
      await Promise.all(running);
    },
  };
}
