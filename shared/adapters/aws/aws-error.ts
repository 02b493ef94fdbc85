import { PrintError } from '../../core/domain/errors.ts';

const denied =
  /^(AccessDenied|UnrecognizedClient|InvalidClientToken|InvalidAccessKey|SignatureDoesNotMatch|ExpiredToken)/;
const throttled = /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|LimitExceeded|SlowDown|TooManyRequests/;

/** Wraps an error of an AWS client as `internal`. The message says what failed, without resource names. */
export function awsError(service: string, cause: unknown): PrintError {
  const { name, $metadata } = cause as { name?: string; $metadata?: { httpStatusCode?: number } };
  return new PrintError('internal', messageOf(service, name ?? 'unknown error', $metadata?.httpStatusCode), { cause });
}

function messageOf(service: string, name: string, status: number | undefined): string {
  if (denied.test(name)) return `${service} denied access (${name}). Check the credentials and permissions of Platen.`;
  if (throttled.test(name)) return `${service} is throttling requests (${name}). Please try again.`;
  if (status === undefined) return `${service} did not respond (${name}). Please try again.`;
  if (status < 500) return `${service} rejected the request (${name}).`;
  return `${service} failed with status ${status} (${name}). Please try again.`;
}
