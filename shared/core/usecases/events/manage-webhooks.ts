import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { type Webhook, type WebhookHealth, webhooksPerCompany } from '../../domain/webhook.ts';
import { receiversKey, type Signing } from '../../domain/webhook-signature.ts';
import type { EventPoster, Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';
import { findWebhook } from './find-webhook.ts';
import { type KeyPorts, newWebhookKey } from './webhook-keys.ts';
import { replayEvents } from './webhook-replays.ts';

export type WebhookPorts = Pick<Ports, 'webhookStore' | 'events' | 'clock'>;
type CheckingPorts = WebhookPorts & KeyPorts & { eventPoster: EventPoster };

export interface WebhookView {
  webhook: Webhook;
  health: WebhookHealth;
  /** events that wait for their delivery */
  waiting: number;
  /** of the first of them; in the past if it is under way or about to be */
  nextTryAt?: number;
}

/** What the receiver needs; shown once. */
type Shown = ReturnType<typeof receiversKey>;

export interface NewWebhook extends Pick<Webhook, 'url' | 'types' | 'locations' | 'printers'> {
  name?: string;
  signing?: Signing;
}

/** Creates a webhook for events from now on. */
export async function createWebhook(
  ports: CheckingPorts,
  { companyId }: Principal,
  { name = '', signing = 'v1', ...wanted }: NewWebhook,
): Promise<WebhookView & { shown: Shown }> {
  ports.eventPoster.check(wanted.url);
  const others = await ports.webhookStore.listWebhooks(companyId);
  if (others.length >= webhooksPerCompany)
    throw new PrintError('too-many', `A company may have ${webhooksPerCompany} webhooks. Delete one first.`);
  await ports.events.keepInUse(companyId);
  const id = ports.clock.token();
  const { key, sealed } = await newWebhookKey(ports, id);
  const createdAt = ports.clock.now();
  const webhook: Webhook = {
    ...wanted,
    id,
    companyId,
    name,
    signing,
    keys: [{ sealed }],
    state: 'active',
    createdAt,
    version: 0,
  };
  const outcome = await ports.webhookStore.saveWebhook(webhook);
  if (!('saved' in outcome)) throw new PrintError('internal', 'A webhook with this id exists already.');
  return { ...(await viewOf(ports, outcome.saved)), shown: receiversKey(signing, key) };
}

export async function listWebhooks(ports: WebhookPorts, { companyId }: Principal): Promise<WebhookView[]> {
  const webhooks = await ports.webhookStore.listWebhooks(companyId);
  return await Promise.all(webhooks.map(webhook => viewOf(ports, webhook)));
}

export async function getWebhook(
  ports: WebhookPorts,
  principal: Principal,
  { id }: { id: string },
): Promise<WebhookView> {
  return await viewOf(ports, await findWebhook(ports, principal, id));
}

export interface WebhookChanges extends Partial<Pick<Webhook, 'url' | 'name' | 'types' | 'locations' | 'printers'>> {
  state?: 'active' | 'paused';
}

/** Changes the given fields. A paused webhook keeps its events for later. */
export async function updateWebhook(
  ports: CheckingPorts,
  principal: Principal,
  { id, changes }: { id: string; changes: WebhookChanges },
): Promise<WebhookView> {
  if (changes.url !== undefined) ports.eventPoster.check(changes.url);
  return await changeWebhook(ports, principal, id, webhook => {
    if (changes.state && webhook.state === 'disabled')
      throw new PrintError(
        'conflict',
        `Webhook ${id} is disabled. Enable it with POST /platen/v1/webhooks/${id}/enable.`,
      );
    return { ...webhook, ...changes };
  });
}

export async function deleteWebhook(ports: WebhookPorts, principal: Principal, { id }: { id: string }): Promise<void> {
  await findWebhook(ports, principal, id);
  await ports.webhookStore.deleteWebhook(principal.companyId, id);
}

const hour = 3_600_000;
const usualOverlapHours = 24;
/** Each signs every request. */
const keysAtMost = 3;

/** Replaces the key. The old one signs beside it for a while, so that the receiver can change over. */
export async function rotateWebhook(
  ports: WebhookPorts & KeyPorts,
  principal: Principal,
  { id, overlapHours = usualOverlapHours }: { id: string; overlapHours?: number },
): Promise<WebhookView & { shown: Shown }> {
  const { key, sealed } = await newWebhookKey(ports, id);
  const now = ports.clock.now();
  const view = await changeWebhook(ports, principal, id, webhook => {
    const until = now + overlapHours * hour;
    const former = webhook.keys
      .map(key => ({ ...key, until: Math.min(key.until ?? until, until) }))
      .filter(key => key.until > now);
    return { ...webhook, keys: [{ sealed }, ...former].slice(0, keysAtMost) };
  });
  return { ...view, shown: receiversKey(view.webhook.signing, key) };
}

/** Makes a disabled webhook active again, and sends it the events from a number on. */
export async function enableWebhook(
  ports: WebhookPorts,
  principal: Principal,
  { id, replayFrom }: { id: string; replayFrom?: number },
): Promise<WebhookView> {
  const view = await changeWebhook(ports, principal, id, webhook => {
    const { disabledReason: _reason, ...enabled } = webhook;
    return { ...enabled, state: 'active' };
  });
  await ports.webhookStore.saveHealth(id, { ...view.health, failures: 0, waitUntil: undefined });
  if (replayFrom !== undefined) await replayEvents(ports, principal, { id, from: { sequence: replayFrom } });
  return await viewOf(ports, view.webhook);
}

async function changeWebhook(
  ports: WebhookPorts,
  principal: Principal,
  id: string,
  change: (webhook: Webhook) => Webhook,
): Promise<WebhookView> {
  const outcome = await saveWith(
    () => findWebhook(ports, principal, id),
    change,
    webhook => ports.webhookStore.saveWebhook(webhook),
  );
  return await viewOf(ports, outcome?.now as Webhook);
}

async function viewOf({ webhookStore }: WebhookPorts, webhook: Webhook): Promise<WebhookView> {
  const [health, { count: waiting, dueAt }] = await Promise.all([
    webhookStore.healthOf(webhook.id),
    webhookStore.describeWaiting(webhook.id),
  ]);
  const isTried = webhook.state === 'active' && dueAt !== undefined;
  return { webhook, health, waiting, nextTryAt: isTried ? Math.max(dueAt, health.waitUntil ?? 0) : undefined };
}
