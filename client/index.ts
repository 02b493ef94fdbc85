export type { ClientOptions } from './api.ts';
export { PlatenClient } from './client.ts';
export { ClientError } from './errors.ts';
export type { ClientJob, ClientLocation, ClientPrinter, PrintOptions, UploadOptions } from './types.ts';
