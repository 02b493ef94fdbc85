import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openBucket } from '../../doubles/aws-harness.ts';
import { contentOf, someBytes, someCompany } from '../../doubles/samples.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from '../../scripts/ministack.ts';
import { keyIn } from '../ports/document-store-suite.ts';

/** Streams that are too long for one S3 request. The port's suite uses short ones, for speed. */

const ministack = await startMiniStack();
afterAll(() => ministack.stop());

describe('streams of many parts', () => {
  const megabyte = 1024 * 1024;
  const part = 8 * megabyte;
  let bucket: Awaited<ReturnType<typeof openBucket>>;

  beforeAll(async () => {
    bucket = await openBucket({
      region: ministackRegion,
      credentials: ministackCredentials,
      endpoint: ministack.endpoint,
    });
  });
  afterEach(async () => {
    await bucket.documents.delete((await bucket.documents.list('companies/')).map(document => document.key));
    expect(await bucket.leftBehind()).toEqual([]);
  });
  afterAll(() => bucket.close());

  test.each([part - 1, part, part + 1, 3 * part, 5 * part + 12_345])('store %i octets unchanged', async octets => {
    const key = keyIn(someCompany());
    const whole = someBytes(octets);
    const chunks = function* () {
      for (let from = 0; from < octets; from += 700_001) yield whole.subarray(from, from + 700_001);
    };

    const stored = await bucket.documents.put(key, Readable.from(chunks()), { format: 'application/pdf' });

    expect(stored).toMatchObject({ octets, sha256: createHash('sha256').update(whole).digest('hex') });
    expect((await contentOf(await bucket.documents.read(key)))?.equals(whole)).toBe(true);
    const response = await fetch(await bucket.documents.presignRead(key, { expiresSeconds: 60 }));
    expect(response.headers.get('content-type')).toBe('application/pdf');
    await response.body?.cancel();
  });

  test('leave nothing behind when they fail after some parts', async () => {
    const key = keyIn(someCompany());
    const failing = function* () {
      for (let count = 0; count < 30; count++) yield someBytes(megabyte, count);
      throw new Error('the client went away');
    };

    await expect(bucket.documents.put(key, Readable.from(failing()))).rejects.toThrow('the client went away');

    expect(await bucket.documents.octets(key)).toBeUndefined();
  });
});
