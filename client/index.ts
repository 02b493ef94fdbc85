export type { ClientOptions } from './api.ts';
export { PlatenClient } from './client.ts';
export { ClientError } from './errors.ts';
export type {
  BulkOutcome,
  ClientDocument,
  ClientJob,
  ClientKey,
  ClientLocation,
  ClientPrinter,
  ClientRelay,
  JobFilter,
  NewClientKey,
  PrintOptions,
  UploadOptions,
} from './types.ts';
