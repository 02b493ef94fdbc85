import { Readable } from 'node:stream';
import { DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { PrintError } from '../domain/errors.ts';
import type { DocumentStore } from '../ports.ts';
import { makeAddresses } from './addresses.ts';
import { Measure } from './measure.ts';
import { makeMultiparts } from './multiparts.ts';
import type { Presigner } from './presigner.ts';
import { putStream } from './put-stream.ts';
import { type Bucket, refusable } from './s3.ts';

/** [Amazon S3, DeleteObjects] */
const deletedAtOnce = 1000;

/** Documents as objects of one bucket, under the core's own keys. S3 shows an object whole or not at all. */
export function makeDocuments(bucket: Bucket, presign: Presigner): DocumentStore {
  const { client, name } = bucket;
  const multiparts = makeMultiparts(bucket);

  return {
    ...multiparts,
    ...makeAddresses(presign),

    async put(key, bytes, options) {
      const putWhole = async (whole: Uint8Array) => {
        const command = new PutObjectCommand({ Bucket: name, Key: key, Body: whole, ContentType: options?.format });
        await refusable(client.send(command));
      };
      if (!(bytes instanceof Uint8Array)) return await putStream(multiparts, putWhole, key, bytes, options);
      const measure = new Measure();
      measure.add(bytes);
      await putWhole(bytes);
      return measure.document(key);
    },

    async read(key, range) {
      const Range = range && `bytes=${range.from}-${Math.max(range.from, range.to - 1)}`;
      const command = new GetObjectCommand({ Bucket: name, Key: key, Range });
      const answer = await refusable(client.send(command), 'absent', 'bad-range');
      if (answer === 'absent') return undefined;
      const isEmpty = answer === 'bad-range' || (range && range.from >= range.to);
      if (!isEmpty) return answer.Body as Readable;
      if (answer !== 'bad-range') (answer.Body as Readable).destroy();
      return Readable.from([]);
    },

    async delete(keys) {
      for (let from = 0; from < keys.length; from += deletedAtOnce) {
        const Objects = keys.slice(from, from + deletedAtOnce).map(Key => ({ Key }));
        const command = new DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } });
        const { Errors = [] } = await refusable(client.send(command));
        if (Errors.length > 0) throw new PrintError('internal', 'Documents were not deleted.', { detail: Errors });
      }
    },

    async list(prefix) {
      const found: { key: string; octets: number }[] = [];
      let token: string | undefined;
      do {
        const command = new ListObjectsV2Command({ Bucket: name, Prefix: prefix, ContinuationToken: token });
        const page = await refusable(client.send(command));
        for (const { Key, Size } of page.Contents ?? []) found.push({ key: Key as string, octets: Size ?? 0 });
        token = page.NextContinuationToken;
      } while (token);
      return found;
    },
  };
}
