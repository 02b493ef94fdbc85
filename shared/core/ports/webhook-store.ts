import type { CompanyId } from '../domain/ids.ts';
import type { Delivery, Replay, Try, Webhook, WebhookHealth } from '../domain/webhook.ts';
import type { Saved } from './saved.ts';

/** Webhooks, and what they have still to receive. An event is queued for each webhook that wants it when it is written. */
export interface WebhookStore {
  listWebhooks(companyId: CompanyId): Promise<Webhook[]>;
  getWebhook(companyId: CompanyId, id: string): Promise<Webhook | undefined>;
  /** Version 0 creates it. A webhook that becomes disabled loses its waiting deliveries; on one machine its event is
   * written with it. */
  saveWebhook(webhook: Webhook): Promise<Saved<Webhook>>;
  /** With all that belongs to it. Deleting what does not exist succeeds. */
  deleteWebhook(companyId: CompanyId, id: string): Promise<void>;

  healthOf(webhookId: string): Promise<WebhookHealth>;
  saveHealth(webhookId: string, health: WebhookHealth): Promise<void>;

  /**
   * The delivery if this try is due and was not begun, and fewer than `atOnce` of the webhook's are under way. For a
   * minute, or until it is settled, no other caller gets it.
   */
  takeDelivery(webhookId: string, sequence: number, attempt: number, atOnce: number): Promise<Delivery | undefined>;
  /** A delivery of the webhook that is due, of the next few after a number or the first few; none where the server looks by itself. */
  nextDue(webhookId: string, after: number): Promise<Delivery | undefined>;
  /** Queues events again, each from its first try. */
  putDeliveries(deliveries: Delivery[]): Promise<void>;
  /** Stores what came of a try: the delivery is deleted or replaced. After a power cut it may be made again. */
  settle(delivery: Delivery, next: Delivery | undefined, tried?: Try, health?: WebhookHealth): Promise<void>;
  /** Deliveries of all webhooks that are due; none where the server looks for them by itself. */
  dueDeliveries(at: number, limit: number): Promise<Delivery[]>;
  /** How many deliveries wait for a try, and when the first of them is due. */
  describeWaiting(webhookId: string, replayId?: string): Promise<{ count: number; dueAt?: number }>;
  /** Deliveries whose last try failed, and was made after `since`. */
  listExhausted(webhookId: string, since: number, limit: number): Promise<Delivery[]>;
  /** Tries, newest first. Pass `next` as `before` to get the following page. */
  listTries(
    webhookId: string,
    page: { isDelivered?: boolean; before?: number; limit: number },
  ): Promise<{ tries: Try[]; next?: number }>;

  saveReplay(replay: Replay): Promise<void>;
  getReplay(webhookId: string, id: string): Promise<Replay | undefined>;
  /** The newest one. */
  lastReplay(webhookId: string): Promise<Replay | undefined>;
  /** Deliveries of a replay that were not made are withdrawn. */
  stopReplay(webhookId: string, id: string): Promise<void>;
}
