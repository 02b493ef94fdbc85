import { timeText } from '../../core/domain/records.ts';
import type { Try } from '../../core/domain/webhook.ts';
import type { TryResult } from '../../core/domain/webhook-schedule.ts';
import type { WebhookView } from '../../core/usecases/events/manage-webhooks.ts';
import type { ReplayView } from '../../core/usecases/events/webhook-replays.ts';
import { json } from './responses.ts';

function webhookRecord({ webhook, health, waiting, nextTryAt }: WebhookView) {
  const { id, name, url, types, locations, printers, signing, state, disabledReason, createdAt } = webhook;
  const { lastSuccessAt, lastFailure } = health;
  return {
    ...{ id, name, url, types, locations, printers, signing, state, disabledReason },
    createdAt: timeText(createdAt),
    lastSuccessAt: timeText(lastSuccessAt),
    lastFailure: lastFailure && { ...lastFailure, at: timeText(lastFailure.at) },
    waiting,
    nextTryAt: timeText(nextTryAt),
  };
}

export const webhookJson = (view: WebhookView) => json(webhookRecord(view));
export const webhooksJson = (views: WebhookView[]) => json({ webhooks: views.map(webhookRecord) });
/** With the secret or public key: only this response contains it. */
export const shownWebhookJson = ({ shown, ...view }: WebhookView & { shown: object }, status = 200) =>
  json({ ...webhookRecord(view), ...shown }, status);

export const testJson = ({ status, milliseconds, error, text }: TryResult) =>
  json({ status, milliseconds, error, answer: text });

export const deliveriesJson = ({ tries, next }: { tries: Try[]; next?: number }) =>
  json({
    deliveries: tries.map(({ eventId, sequence, attempt, at, isDelivered, status, milliseconds, error, replayId }) => ({
      ...{ event: eventId, sequence, attempt, at: timeText(at), state: isDelivered ? 'delivered' : 'failed' },
      ...{ status, milliseconds, error, replay: replayId },
    })),
    next,
  });

export const newReplayJson = ({ id, events }: { id: string; events: number }) => json({ replay: id, events }, 202);

export const replayCountJson = (events: number) => json({ events });

export const replayJson = ({ replay, left, failed }: ReplayView) =>
  json({ replay: replay.id, events: replay.events, done: replay.events - left - failed, failed, left });
