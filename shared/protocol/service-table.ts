import type { Messages } from '../core/ports/index.ts';

/*
 * The parts of the service as tables: functions, routes, queues, schedule, topics. The one-machine server and the
 * infrastructure both build from them.
 */

export type FunctionName =
  | 'print'
  | 'convert'
  | 'status'
  | 'upload'
  | 'preview'
  | 'job-check'
  | 'printers'
  | 'live'
  | 'events'
  | 'webhooks'
  | 'relay'
  | 'prepare'
  | 'render'
  | 'render-large'
  | 'offer'
  | 'relay-events'
  | 'notify'
  | 'sweep';

/** Those that only topic rules send to. */
export type RelayQueue = 'relay-events' | 'presence';
export type QueueName = keyof Messages | RelayQueue;

export interface QueueRow {
  /** the function that processes its messages */
  function: FunctionName;
  batchSize: number;
  /** how long Lambda collects a batch; above ten messages at least one [AWS Lambda, using SQS] */
  windowSeconds?: number;
  /** batches processed at the same time */
  concurrency: number;
  /** SQS hides a received message for this long; at least six times the function's timeout [AWS Lambda, using SQS] */
  visibilitySeconds: number;
  /** deliveries before a message goes to the dead-letter queue */
  maximumDeliveries: number;
}

export const queues: Record<QueueName, QueueRow> = {
  // more than a machine has cores: most long conversions wait for a remote page
  prepare: { function: 'prepare', batchSize: 1, concurrency: 16, visibilitySeconds: 5400, maximumDeliveries: 4 },
  offer: { function: 'offer', batchSize: 10, concurrency: 8, visibilitySeconds: 180, maximumDeliveries: 8 },
  'relay-events': {
    function: 'relay-events',
    batchSize: 10,
    concurrency: 16,
    visibilitySeconds: 180,
    maximumDeliveries: 8,
  },
  // that relays come and go: apart, so that acknowledgements do not wait when thousands do so at once
  presence: {
    function: 'relay-events',
    batchSize: 100,
    windowSeconds: 5,
    concurrency: 4,
    visibilitySeconds: 180,
    maximumDeliveries: 8,
  },
  // receivers of callbacks and events may be slow or down; attempts are counted in the message
  notify: { function: 'notify', batchSize: 1, concurrency: 64, visibilitySeconds: 360, maximumDeliveries: 4 },
};

export interface FunctionRow {
  timeoutSeconds: number;
  memoryMegabytes: number;
  /** the function whose code it runs, if it has none of its own */
  codeOf?: FunctionName;
}

export const functions: Record<FunctionName, FunctionRow> = {
  // a submission of 100 KB takes 7 ms of CPU, one of 4.4 MB takes 50 ms; the rest is waiting
  print: { timeoutSeconds: 29, memoryMegabytes: 768 },
  // waits up to 25 s for a document, which is what it costs
  convert: { timeoutSeconds: 29, memoryMegabytes: 256 },
  status: { timeoutSeconds: 10, memoryMegabytes: 512 },
  upload: { timeoutSeconds: 29, memoryMegabytes: 1024 },
  // waits up to 25 s for `render`
  preview: { timeoutSeconds: 29, memoryMegabytes: 512 },
  'job-check': { timeoutSeconds: 10, memoryMegabytes: 512 },
  printers: { timeoutSeconds: 10, memoryMegabytes: 512 },
  // waits for events for up to 20 seconds
  live: { timeoutSeconds: 25, memoryMegabytes: 128 },
  // up to 100 changes, written in some transactions a company
  events: { timeoutSeconds: 60, memoryMegabytes: 512 },
  // a test of a webhook waits for its receiver for up to 20 seconds
  webhooks: { timeoutSeconds: 25, memoryMegabytes: 512 },
  relay: { timeoutSeconds: 20, memoryMegabytes: 512 },
  // waits for `render`, and for `render-large` if that one ends; documents pass through it in pieces
  prepare: { timeoutSeconds: 900, memoryMegabytes: 256 },
  // longer than a conversion may take, see shared/adapters/convert; a table of 100 pages fits, decision 45
  render: { timeoutSeconds: 330, memoryMegabytes: 1200 },
  // what does not fit into `render`; a new account allows no more [AWS Lambda quotas]
  'render-large': { timeoutSeconds: 330, memoryMegabytes: 3008, codeOf: 'render' },
  offer: { timeoutSeconds: 30, memoryMegabytes: 512 },
  'relay-events': { timeoutSeconds: 30, memoryMegabytes: 512 },
  notify: { timeoutSeconds: 60, memoryMegabytes: 512 },
  // reads and moves thousands of index entries a second, which the processor's share limits
  sweep: { timeoutSeconds: 60, memoryMegabytes: 1024 },
};

/** Interval of the sweep. */
export const sweepEverySeconds = 60;

/**
 * Limits of API Gateway HTTP APIs and of Lambda, also applied on one machine [AWS API Gateway quotas, Lambda quotas].
 */
export const gatewayLimits = {
  bodyOctets: 10 * 1024 * 1024,
  /** request line and header fields together; not adjustable */
  headOctets: 10_240,
  /** size of the event as JSON, with binary bodies in base64 */
  functionPayloadOctets: 6 * 1024 * 1024,
  timeoutSeconds: 30,
};

/** CORS settings. The gateway answers preflight requests and adds these headers to every response. */
export const cors = {
  allowOrigins: ['*'],
  allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
  /** Also those that upload widgets and readers of ranges add by themselves. A `*` would not cover `authorization`. */
  allowHeaders: [
    'accept',
    'authorization',
    'cache-control',
    'content-digest',
    'content-disposition',
    'content-encoding',
    'content-md5',
    'content-range',
    'content-type',
    'digest',
    'idempotency-key',
    'if-match',
    'if-modified-since',
    'if-none-match',
    'if-range',
    'if-unmodified-since',
    'pragma',
    'range',
    'repr-digest',
    'traceparent',
    'x-api-key',
    'x-csrf-token',
    'x-file-name',
    'x-file-size',
    'x-file-type',
    'x-meadroid-path',
    'x-requested-with',
  ],
  exposeHeaders: [
    'accept-ranges',
    'content-disposition',
    'content-length',
    'content-range',
    'etag',
    'location',
    'ratelimit',
    'ratelimit-policy',
    'request-id',
    'retry-after',
    'www-authenticate',
  ],
  maxAgeSeconds: 600,
};
