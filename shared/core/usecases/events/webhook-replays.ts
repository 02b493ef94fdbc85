import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { isWanted, type LoggedEvent } from '../../domain/event.ts';
import type { Delivery, Replay, Webhook } from '../../domain/webhook.ts';
import type { Ports } from '../../ports/index.ts';
import { findWebhook } from './find-webhook.ts';

type ReplayPorts = Pick<Ports, 'webhookStore' | 'events' | 'clock'>;

/** The end of a range: the number of an event, or a time in milliseconds since 1970. */
export type Mark = { sequence: number } | { at: number };

export interface ReplayRequest {
  id: string;
  from?: Mark;
  /** inclusive; the newest event by default */
  to?: Mark;
  eventIds?: string[];
  /** events whose last try failed after this time; milliseconds since 1970 */
  failedSince?: number;
}

const eventsAtMost = 100_000;
const eventsAtOnce = 500;

/**
 * Queues events again for a webhook, with the same ids and bodies. One replay at a time for each webhook. Events that its
 * filter leaves out are not sent.
 */
export async function replayEvents(ports: ReplayPorts, principal: Principal, request: ReplayRequest): Promise<Replay> {
  const { webhook, sequences } = await chooseEvents(ports, principal, request);
  const replay: Replay = {
    id: ports.clock.token(),
    companyId: webhook.companyId,
    webhookId: webhook.id,
    events: sequences.length,
    createdAt: ports.clock.now(),
  };
  await ports.webhookStore.saveReplay(replay);
  for (let from = 0; from < sequences.length; from += eventsAtOnce) {
    const { companyId, webhookId, id: replayId, createdAt: dueAt } = replay;
    const step = sequences.slice(from, from + eventsAtOnce);
    await ports.webhookStore.putDeliveries(
      step.map((sequence): Delivery => ({ companyId, webhookId, sequence, attempt: 1, dueAt, replayId })),
    );
  }
  return replay;
}

/** How many events the replay would send. Refuses what `replayEvents` would refuse. */
export async function describeReplay(
  ports: ReplayPorts,
  principal: Principal,
  request: ReplayRequest,
): Promise<number> {
  return (await chooseEvents(ports, principal, request)).sequences.length;
}

async function chooseEvents(ports: ReplayPorts, principal: Principal, request: ReplayRequest) {
  const webhook = await findWebhook(ports, principal, request.id);
  if (webhook.state === 'disabled')
    throw new PrintError('conflict', `Webhook ${webhook.id} is disabled. Enable it, with "replayFrom" if needed.`);
  await refuseSecond(ports, webhook);
  const sequences: number[] = [];
  for await (const event of eventsOf(ports, webhook, request)) {
    if (isWanted(event, webhook)) sequences.push(event.sequence);
    if (sequences.length > eventsAtMost)
      throw new PrintError('too-many', `A replay may have ${eventsAtMost} events. Choose a shorter range.`);
  }
  return { webhook, sequences };
}

async function refuseSecond({ webhookStore }: ReplayPorts, webhook: Webhook): Promise<void> {
  const last = await webhookStore.lastReplay(webhook.id);
  const { count: left } = last ? await webhookStore.describeWaiting(webhook.id, last.id) : { count: 0 };
  if (last && left > 0)
    throw new PrintError('conflict', `Replay ${last.id} of this webhook has ${left} events left. Stop it, or wait.`);
}

async function* eventsOf(
  { events, webhookStore }: ReplayPorts,
  { companyId, id }: Webhook,
  { from, to, eventIds, failedSince }: ReplayRequest,
): AsyncGenerator<LoggedEvent> {
  if (eventIds) {
    for (const eventId of eventIds) {
      const event = await events.find(companyId, eventId);
      if (!event) throw new PrintError('not-found', `Event ${eventId.slice(0, 80)} is not in the log.`);
      yield event;
    }
    return;
  }
  if (failedSince !== undefined) {
    for (const { sequence } of await webhookStore.listExhausted(id, failedSince, eventsAtMost + 1)) {
      const [event] = await events.read(companyId, sequence - 1, 1);
      if (event?.sequence === sequence) yield event;
    }
    return;
  }
  if (!from) throw new PrintError('bad-request', 'Send "from", "eventIds", or "failed" with "since".');
  const { newest } = await events.range(companyId);
  let after = Math.max(firstOf(from) - 1, 0);
  while (after < newest) {
    const page = await events.read(companyId, after, eventsAtOnce);
    if (page.length === 0) return;
    for (const event of page) {
      if (to && isAfter(event, to)) return;
      if ('sequence' in from || event.at >= from.at) yield event;
      after = event.sequence;
    }
  }
}

const firstOf = (mark: Mark) => ('sequence' in mark ? mark.sequence : 1);
const isAfter = (event: LoggedEvent, mark: Mark) =>
  'sequence' in mark ? event.sequence > mark.sequence : event.at > mark.at;

export interface ReplayView {
  replay: Replay;
  left: number;
  failed: number;
}

export async function getReplay(
  ports: ReplayPorts,
  principal: Principal,
  { id, replayId }: { id: string; replayId: string },
): Promise<ReplayView> {
  const { id: webhookId } = await findWebhook(ports, principal, id);
  const replay = await ports.webhookStore.getReplay(webhookId, replayId);
  if (!replay) throw new PrintError('not-found', `Unknown replay ${replayId.slice(0, 80)}.`);
  const [{ count: left }, exhausted] = await Promise.all([
    ports.webhookStore.describeWaiting(webhookId, replayId),
    ports.webhookStore.listExhausted(webhookId, replay.createdAt, eventsAtMost),
  ]);
  return { replay, left, failed: exhausted.filter(delivery => delivery.replayId === replayId).length };
}

/** Events that were not sent yet are not sent. */
export async function stopReplay(
  ports: ReplayPorts,
  principal: Principal,
  address: { id: string; replayId: string },
): Promise<ReplayView> {
  const { replay } = await getReplay(ports, principal, address);
  await ports.webhookStore.stopReplay(replay.webhookId, replay.id);
  return await getReplay(ports, principal, address);
}
