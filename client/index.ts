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
  ClientTrace,
  JobFilter,
  JobWishes,
  MakeOptions,
  NewClientKey,
  PrintOptions,
  UploadOptions,
} from './types.ts';
