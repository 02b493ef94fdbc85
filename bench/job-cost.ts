import { functions } from '../shared/protocol/service-table.ts';
import { documentOctets, eventHops, type Hop, jobChanges } from './job-calls.ts';
import { assumedMilliseconds, prices } from './prices.ts';

/** What a hop costs besides our requests: how it is delivered, and which function runs. */
interface Carriage {
  function: keyof typeof assumedMilliseconds;
  by: 'http' | 'queue' | 'relay' | 'stream';
  /** invocations when every message travels alone; one if absent */
  invocations?: number;
  /** messages of an invocation are never more than this */
  batch?: number;
}

const carriages: Record<string, Carriage> = {
  submit: { function: 'print', by: 'http' },
  offer: { function: 'offer', by: 'queue' },
  acknowledge: { function: 'relay-events', by: 'relay' },
  'report completed': { function: 'relay-events', by: 'relay' },
  'report repeated': { function: 'relay-events', by: 'relay' },
  disconnected: { function: 'relay-events', by: 'relay' },
  connected: { function: 'relay-events', by: 'relay' },
  fetch: { function: 'relay-events', by: 'relay' },
  [eventHops.unused]: { function: 'events', by: 'stream', invocations: jobChanges },
  [eventHops.log]: { function: 'events', by: 'stream', invocations: jobChanges },
  [eventHops.queued]: { function: 'events', by: 'stream', invocations: jobChanges },
  [eventHops.delivered]: { function: 'notify', by: 'queue', invocations: jobChanges, batch: 1 },
};

export interface HopCost {
  name: string;
  calls: string;
  /** dollars per million */
  parts: Record<'gateway and functions' | 'DynamoDB' | 'S3' | 'SQS' | 'AWS IoT', number>;
}

/** `batch`: messages per invocation; one in quiet times, up to ten in busy times. */
export function costOf({ name, calls, writeUnits, readUnits }: Hop, batch: number): HopCost {
  const carriage = carriages[name];
  const million = 1e6;
  const called = (service: string) => [...calls].filter(([call]) => call.startsWith(`${service}:`));
  const count = (service: string) => called(service).reduce((sum, [, times]) => sum + times, 0);
  const invocations = (carriage?.invocations ?? 1) / Math.min(batch, carriage?.batch ?? batch);
  const isQueued = carriage?.by === 'queue' || carriage?.by === 'relay';
  const share = carriage?.by === 'http' ? 1 : invocations;
  // receiving and deleting; a topic rule also sends
  const queueRequests = count('sqs') + (isQueued ? 2 * invocations : 0) + (carriage?.by === 'relay' ? 1 : 0);
  // published by the service: request and delivery; by a relay: rule and action, and no message [Basic Ingest]
  const iot = count('iot') * 2 * prices.iotMessage + (carriage?.by === 'relay' ? relayed : 0);
  return {
    name,
    calls: [...calls].map(([call, times]) => (times > 1 ? `${times} ${call}` : call)).join(', '),
    parts: {
      'gateway and functions':
        million * ((carriage?.by === 'http' ? prices.httpRequest : 0) + running(carriage, share)),
      DynamoDB: million * (writeUnits * prices.writeUnit + readUnits * prices.readUnit),
      // the relay downloads the document
      S3: million * (count('s3') * prices.s3Put + (name === 'acknowledge' ? prices.s3Get : 0)),
      SQS: million * queueRequests * prices.queueRequest,
      'AWS IoT': million * iot,
    },
  };
}

const relayed = prices.iotRule + prices.iotAction;

function running(carriage: Carriage | undefined, share: number): number {
  if (!carriage) return 0;
  const gigabytes = functions[carriage.function].memoryMegabytes / 1024;
  const seconds = assumedMilliseconds[carriage.function] / 1000;
  return share * prices.invocation + gigabytes * seconds * (carriage.invocations ?? 1) * prices.gigabyteSecondArm;
}

/** Cost of a million documents sent to relays, in dollars. */
export const transferCost = 1e6 * (documentOctets / 1e9) * prices.gigabyteOut;
