import { app } from '#app';
import { eventPoster } from '../shared/adapters/web/event-poster.ts';
import { testWebhook } from '../shared/core/usecases/events/deliver-event.ts';
import { listDeliveries } from '../shared/core/usecases/events/list-deliveries.ts';
import {
  createWebhook,
  deleteWebhook,
  enableWebhook,
  getWebhook,
  listWebhooks,
  rotateWebhook,
  updateWebhook,
} from '../shared/core/usecases/events/manage-webhooks.ts';
import { describeReplay, getReplay, replayEvents, stopReplay } from '../shared/core/usecases/events/webhook-replays.ts';
import { httpHandler } from '../shared/handlers/http.ts';

export const handler = httpHandler(() => ({ ...app(), eventPoster }), {
  createWebhook,
  deleteWebhook,
  describeReplay,
  enableWebhook,
  getReplay,
  getWebhook,
  listDeliveries,
  listWebhooks,
  replayEvents,
  rotateWebhook,
  stopReplay,
  testWebhook,
  updateWebhook,
});
