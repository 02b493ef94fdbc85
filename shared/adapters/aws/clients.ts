import type { AwsConfig } from '../../protocol/config.ts';

/** What every client of an AWS service is told. Nothing is left to be looked up in files or at other services. */
export interface Surroundings {
  region: AwsConfig['region'];
  credentials: AwsConfig['credentials'];
  endpoint?: AwsConfig['endpoint'];
}

/** Gives up, and tries again, at times that fit the service and the function that waits. */
export interface Patience {
  /** until the whole answer began to come */
  requestMilliseconds: number;
  attempts: number;
}

const connectMilliseconds = 1000;

/**
 * A lost request is sent again after a back-off with jitter, so adapters have to recognise what they wrote themselves.
 * One socket stays open between requests. [AWS SDK for JavaScript, "Retry behavior", standard mode]
 */
export function clientOptions({ region, credentials, endpoint }: Surroundings, patience: Patience) {
  return {
    region,
    credentials,
    endpoint,
    maxAttempts: patience.attempts,
    retryMode: 'standard',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    requestHandler: {
      connectionTimeout: connectMilliseconds,
      requestTimeout: patience.requestMilliseconds,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 64 },
      httpsAgent: { keepAlive: true, maxSockets: 64 },
    },
  } as const;
}
