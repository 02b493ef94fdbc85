import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { bucketAddress } from '../../../../shared/adapters/aws/s3/bucket-address.ts';
import { makePieces } from '../../../../shared/adapters/aws/s3/pieces.ts';
import type { UploadSession } from '../../../../shared/core/domain/upload-session.ts';
import type { DocumentStore } from '../../../../shared/core/ports/index.ts';

const session = { id: 'a'.repeat(32), companyId: 'acme', key: 'document', multipartId: 'upload' } as UploadSession;
const piece = { offset: 0, octets: 4, ordinal: 1 };

/** What a compose asks of S3. */
async function composed(from: number, to: number): Promise<string[]> {
  const asked: string[] = [];
  const documents = {
    read: async () => Readable.from([Buffer.from('abcd')]),
    putPart: async (_key: string, _id: string, _part: number, bytes: Uint8Array) => {
      asked.push(`put ${Buffer.from(bytes)}`);
      return 'etag';
    },
    copyPart: async (_key: string, _id: string, _part: number, source: string) => {
      asked.push(`copy ${source.split('/').at(-1)}`);
      return 'etag';
    },
  } as unknown as DocumentStore;
  await makePieces(documents).compose(session, 1, [{ from, to, piece }]);
  return asked;
}

describe('a part of one segment', () => {
  it('is copied when it is all of the segment', async () => {
    expect(await composed(0, 4)).toEqual([expect.stringMatching(/^copy 0+-4-0*1$|^copy /)]);
  });

  it('is uploaded when it is a range: S3 copies ranges of large objects only', async () => {
    expect(await composed(1, 3)).toEqual(['put bc']);
  });
});

describe('the host of a bucket', () => {
  it.each([
    ['eu-west-1', 'documents.s3.eu-west-1.amazonaws.com'],
    ['cn-north-1', 'documents.s3.cn-north-1.amazonaws.com.cn'],
  ])('in %s is %s', (region, host) => {
    expect(bucketAddress({ region, bucket: 'documents' }).host).toBe(host);
  });
});
