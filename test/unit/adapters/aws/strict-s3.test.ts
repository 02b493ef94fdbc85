import { Readable } from 'node:stream';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { openBucket } from '../../../../doubles/aws-harness.ts';
import { startStrictS3 } from '../../../../doubles/s3/strict-s3.ts';
import { broken, contentOf, expectBytes, someBytes, someCompany } from '../../../../doubles/samples.ts';
import { keyIn } from '../../../ports/document-store-suite.ts';

/** Streams that are longer than a part, on a double that refuses what S3 refuses. */

const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
const s3 = await startStrictS3(credentials);
afterAll(() => s3.close());

async function openDocuments() {
  const bucket = await openBucket({ region: 'eu-central-1', credentials, endpoint: s3.endpoint }, undefined, s3.now);
  onTestFinished(() => bucket.close());
  return bucket;
}

const long = someBytes(17_000_000, 5);
function* chunksOf(bytes: Uint8Array) {
  for (let from = 0; from < bytes.length; from += 700_000) yield bytes.subarray(from, from + 700_000);
}

describe('a long stream', () => {
  test('is stored in parts as one document, with its format', async () => {
    const { documents } = await openDocuments();
    const key = keyIn(someCompany());

    const { octets } = await documents.put(key, Readable.from(chunksOf(long)), { format: 'application/pdf' });

    expect(octets).toBe(long.length);
    expectBytes(await contentOf(await documents.read(key)), long);
    const response = await fetch(await documents.presignRead(key, { expiresSeconds: 60 }), { method: 'GET' });
    expect(response.headers.get('content-type')).toBe('application/pdf');
    await response.body?.cancel();
  });

  test('that fails leaves no document and no upload', async () => {
    const { documents, leftBehind } = await openDocuments();

    await expect(documents.put(keyIn(someCompany()), Readable.from(broken(17_000_000)))).rejects.toThrow(
      'the client went away',
    );

    expect(await leftBehind()).toEqual([]);
  });
});
