import type { Delivery, Webhook, WebhookHealth } from './webhook.ts';

/*
 * What follows from a try. Ten tries in about 76 hours [Standard Webhooks, "Deliverability and reliability"]. A webhook
 * that has failed 20 times in a row is slow: one try a minute, the oldest due event first, until one succeeds.
 */

const [second, minute, hour] = [1000, 60_000, 3_600_000];
const delays = [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];
/** Receivers that fail together do not get all events back together. */
const jitter = 0.1;
const longestRetryAfter = 24 * hour;
/** After an answer that says that the receiver is overloaded, for all its deliveries. */
const overloadedMilliseconds = minute;
const overloaded = [429, 502, 504];
const slowFailures = 20;
const slowMilliseconds = minute;
const deliveriesAtOnce = 4;

export interface TryResult {
  /** undefined without an answer */
  status?: number;
  /** what failed, without an answer */
  error?: string;
  /** the header of the answer, in milliseconds */
  retryAfterMilliseconds?: number;
  milliseconds: number;
  /** the beginning of the answer */
  text: string;
}

export interface Outcome {
  isDelivered: boolean;
  /** the delivery as it goes on; undefined when it is over */
  next?: Delivery;
  health: WebhookHealth;
  disable?: NonNullable<Webhook['disabledReason']>;
}

/** `random` is from 0 to 1. */
export function afterTry(
  delivery: Delivery,
  health: WebhookHealth,
  result: TryResult,
  at: number,
  random: number,
): Outcome {
  const { status = 0 } = result;
  if (status >= 200 && status < 300) {
    return {
      isDelivered: true,
      health: { lastFailure: health.lastFailure, failures: 0, lastSuccessAt: at, triedAt: at },
    };
  }
  const failed: WebhookHealth = {
    ...health,
    failures: health.failures + 1,
    triedAt: at,
    lastFailure: { at, status: result.status, message: result.error ?? `The receiver answered ${status}.` },
    waitUntil: overloaded.includes(status) ? at + overloadedMilliseconds : health.waitUntil,
  };
  const firstTriedAt = delivery.firstTriedAt ?? at;
  const tried = { ...delivery, firstTriedAt, attempt: delivery.attempt + 1 };
  if (status === 410)
    return { isDelivered: false, next: { ...tried, dueAt: undefined }, health: failed, disable: 'gone' };
  const delay = delays[delivery.attempt - 1];
  if (delay === undefined) {
    const isDead = (health.lastSuccessAt ?? 0) < firstTriedAt;
    const over = { ...tried, attempt: delivery.attempt, dueAt: undefined };
    return { isDelivered: false, next: over, health: failed, disable: isDead ? 'failing' : undefined };
  }
  const asked = [429, 503].includes(status) ? Math.min(result.retryAfterMilliseconds ?? 0, longestRetryAfter) : 0;
  const wait = Math.round(delay * (1 - jitter + 2 * jitter * random));
  return { isDelivered: false, next: { ...tried, dueAt: at + Math.max(wait, asked) }, health: failed };
}

/** How long a webhook must be left alone. */
export function waitOf({ waitUntil = 0, failures, triedAt = 0 }: WebhookHealth, at: number): number {
  const slowUntil = failures < slowFailures ? 0 : triedAt + slowMilliseconds;
  return Math.max(waitUntil, slowUntil, at) - at;
}

/** How many deliveries of a webhook may begin now, when so many are under way. */
export function roomFor(health: WebhookHealth, underWay: number, at: number): number {
  if (waitOf(health, at) > 0) return 0;
  return Math.max(atOnceOf(health) - underWay, 0);
}

/** How many deliveries of a webhook may be under way. */
export const atOnceOf = ({ failures }: WebhookHealth) => (failures < slowFailures ? deliveriesAtOnce : 1);
