import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { awsError } from '../../../../shared/adapters/aws/aws-error.ts';
import { deadlineSignal, withDeadline } from '../../../../shared/protocol/deadline.ts';

describe('awsError', () => {
  it.each([
    ['AccessDeniedException', 400, /^DynamoDB denied access \(AccessDeniedException\)\./],
    ['AccessDenied', 403, /^DynamoDB denied access/],
    ['ThrottlingException', 400, /^DynamoDB is throttling requests/],
    ['SlowDown', 503, /^DynamoDB is throttling requests/],
    ['ValidationException', 400, /^DynamoDB rejected the request \(ValidationException\)\.$/],
    ['InternalServerError', 500, /^DynamoDB failed with status 500/],
    ['InternalServerError', 499, /^DynamoDB rejected the request \(InternalServerError\)\.$/],
    ['TimeoutError', undefined, /^DynamoDB did not respond \(TimeoutError\)\./],
    ['AbortError', undefined, /^DynamoDB did not respond \(AbortError\)\. Please try again\.$/],
    [undefined, undefined, /^DynamoDB did not respond \(unknown error\)\./],
  ])('says what failed: %s %s', (name, httpStatusCode, message) => {
    const cause = Object.assign(new Error('arn:aws:dynamodb:eu-central-1:123456789012:table/jobs'), {
      name,
      $metadata: { httpStatusCode },
    });

    const error = awsError('DynamoDB', cause);

    const code = /Throttling|SlowDown/.test(`${name}`) ? 'overloaded' : 'internal';
    expect(error).toMatchObject({ code, cause, message: expect.stringMatching(message) });
    expect(error.message).not.toContain('arn:');
  });

  it.each([
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'InvalidAccessKeyId',
    'SignatureDoesNotMatch',
    'ExpiredTokenException',
  ])('names the credentials for %s', name => {
    const error = awsError('S3', { name, $metadata: { httpStatusCode: 403 } });

    expect(error).toMatchObject({ code: 'internal', message: expect.stringContaining('Check the credentials') });
  });

  it.each([
    'ThrottledException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'LimitExceededException',
    'TooManyRequestsException',
  ])('asks to try again in five seconds for %s', name => {
    const error = awsError('S3', { name, $metadata: { httpStatusCode: 400 } });

    expect(error).toMatchObject({ code: 'overloaded', retryAfterSeconds: 5 });
    expect(awsError('S3', { name: 'Other', $metadata: { httpStatusCode: 500 } }).retryAfterSeconds).toBeUndefined();
  });

  it('calls what is ended by the deadline of its request overloaded, and nothing else before it', async () => {
    const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
    const [late, early] = [0, 60_000].map(milliseconds =>
      withDeadline(milliseconds, async () => {
        while (milliseconds === 0 && !deadlineSignal()?.aborted) await turn();
        return ['S3', 'IoT'].map(service => awsError(service, service === 'S3' ? aborted : { name: 'Other' }).code);
      }),
    );

    expect(await late).toEqual(['overloaded', 'internal']);
    expect(await early).toEqual(['internal', 'internal']);
  });
});
