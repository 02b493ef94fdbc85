import { describe, expect, it } from 'vitest';
import { awsError } from '../../../../shared/adapters/aws/aws-error.ts';

describe('awsError', () => {
  it.each([
    ['AccessDeniedException', 400, /^DynamoDB denied access \(AccessDeniedException\)\./],
    ['AccessDenied', 403, /^DynamoDB denied access/],
    ['ThrottlingException', 400, /^DynamoDB is throttling requests/],
    ['SlowDown', 503, /^DynamoDB is throttling requests/],
    ['ValidationException', 400, /^DynamoDB rejected the request \(ValidationException\)\.$/],
    ['InternalServerError', 500, /^DynamoDB failed with status 500/],
    ['TimeoutError', undefined, /^DynamoDB did not respond \(TimeoutError\)\./],
  ])('says what failed: %s %s', (name, httpStatusCode, message) => {
    const cause = Object.assign(new Error('arn:aws:dynamodb:eu-central-1:123456789012:table/jobs'), {
      name,
      $metadata: { httpStatusCode },
    });

    const error = awsError('DynamoDB', cause);

    const code = /Throttling|SlowDown/.test(name) ? 'overloaded' : 'internal';
    expect(error).toMatchObject({ code, cause, message: expect.stringMatching(message) });
    expect(error.message).not.toContain('arn:');
  });
});
