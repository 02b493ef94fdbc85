import { PrintError } from '../../core/domain/errors.ts';
import { deadlineSignal } from '../../protocol/deadline.ts';

const denied =
  /^(AccessDenied|UnrecognizedClient|InvalidClientToken|InvalidAccessKey|SignatureDoesNotMatch|ExpiredToken)/;
const throttled = /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|LimitExceeded|SlowDown|TooManyRequests/;

/** What a burst needs to be taken [Amazon DynamoDB, on-demand capacity]. */
const retryAfterSeconds = 5;

/**
 * Wraps an error of an AWS client as `internal`, or as `overloaded` if it is throttled or the request's time is up. The message
 * says what failed, without resource names.
 */
export function awsError(service: string, cause: unknown): PrintError {
  const { name, $metadata } = cause as { name?: string; $metadata?: { httpStatusCode?: number } };
  const known = name ?? 'unknown error';
  const message = messageOf(service, known, $metadata?.httpStatusCode);
  const isOverloaded = throttled.test(known) || isTooLate(known);
  return isOverloaded
    ? new PrintError('overloaded', message, { cause, retryAfterSeconds })
    : new PrintError('internal', message, { cause });
}

const isTooLate = (name: string) => name === 'AbortError' && deadlineSignal()?.aborted === true;

function messageOf(service: string, name: string, status: number | undefined): string {
  if (denied.test(name)) return `${service} denied access (${name}). Check the credentials and permissions of Platen.`;
  if (isTooLate(name)) return `${service} did not respond in the time of this request. Please try again.`;
  if (throttled.test(name)) return `${service} is throttling requests (${name}). Please try again.`;
  if (status === undefined) return `${service} did not respond (${name}). Please try again.`;
  if (status < 500) return `${service} rejected the request (${name}).`;
  return `${service} failed with status ${status} (${name}). Please try again.`;
}
