export type { ClientOptions } from './api.ts';
export { PlatenClient } from './client.ts';
export { ClientError } from './errors.ts';
export type {
  BulkOutcome,
  ClientCheck,
  ClientDocument,
  ClientJob,
  ClientKey,
  ClientLocation,
  ClientPrinter,
  ClientRelay,
  ClientSharedJob,
  ClientTrace,
  EventOptions,
  EventPage,
  JobFilter,
  JobWishes,
  MakeOptions,
  NewClientKey,
  PlatenEvent,
  PrintOptions,
  UploadOptions,
} from './types.ts';
export type {
  ClientDelivery,
  ClientReplay,
  ClientWebhook,
  NewWebhook,
  ReplayRange,
  WebhookTest,
} from './webhook-types.ts';
