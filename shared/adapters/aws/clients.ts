import type { AwsConfig } from '../../protocol/config.ts';
import { deadlineSignal } from '../../protocol/deadline.ts';

/**
 * Settings for every AWS client. Set explicitly, so that the SDK reads no files and queries no other services for them.
 */
export interface ClientSettings {
  region: AwsConfig['region'];
  credentials: AwsConfig['credentials'];
  endpoint?: AwsConfig['endpoint'];
}

/** Timeout and retries, chosen for the service and the function that waits. */
export interface Timeouts {
  /** until the response has begun */
  requestMilliseconds: number;
  attempts: number;
}

const connectMilliseconds = 1000;

/**
 * Options for an SDK client. Lost requests are retried after a back-off with jitter, so adapters must recognise their
 * own earlier writes. Connections are kept alive. [AWS SDK for JavaScript, "Retry behavior", standard mode]
 */
export function clientOptions({ region, credentials, endpoint }: ClientSettings, timeouts: Timeouts) {
  return {
    region,
    credentials,
    endpoint,
    maxAttempts: timeouts.attempts,
    retryMode: 'standard',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    requestHandler: {
      connectionTimeout: connectMilliseconds,
      requestTimeout: timeouts.requestMilliseconds,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 64 },
      httpsAgent: { keepAlive: true, maxSockets: 64 },
    },
  } as const;
}

interface Sender {
  send(command: unknown, options?: object): unknown;
}

/**
 * The client, whose calls end with the request that makes them: its retries may take longer than the request has, and a
 * client of ours that gets no answer does not know whether to try again.
 */
export function withinDeadline<Client extends object>(client: Client): Client {
  const { prototype } = client.constructor as { prototype: Sender };
  const send: Sender['send'] = (command, options) => {
    const abortSignal = deadlineSignal();
    return prototype.send.call(client, command, abortSignal ? { abortSignal, ...options } : options);
  };
  return Object.assign(client, { send });
}
