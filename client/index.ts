export type { ClientOptions } from './api.ts';
export { PlatenClient } from './client.ts';
export { ClientError } from './errors.ts';
export type {
  ClientDocument,
  ClientJob,
  ClientLocation,
  ClientPrinter,
  JobFilter,
  PrintOptions,
  UploadOptions,
} from './types.ts';
