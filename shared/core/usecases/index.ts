/** Every use case that a client's request can invoke, by the name that contracts use. */

export { createKey, listKeys, revokeKey } from './accounts/manage-keys.ts';
export * from './default-route.ts';
export { previewPage } from './documents/preview-page.ts';
export { testWebhook } from './events/deliver-event.ts';
export { followEvents } from './events/follow-events.ts';
export { listDeliveries } from './events/list-deliveries.ts';
export {
  createWebhook,
  deleteWebhook,
  enableWebhook,
  getWebhook,
  listWebhooks,
  rotateWebhook,
  updateWebhook,
} from './events/manage-webhooks.ts';
export { readEvents } from './events/read-events.ts';
export { openEventStream } from './events/stream-ticket.ts';
export { describeReplay, getReplay, replayEvents, stopReplay } from './events/webhook-replays.ts';
export { shareJob, viewSharedJob } from './jobs/share-job.ts';
export { createEnrolmentCode, enrolRelay } from './relays/enrol-relay.ts';
export { deleteLocation, listRelays, revokeRelay } from './relays/remove-places.ts';
export { renewRelay } from './relays/renew-relay.ts';
