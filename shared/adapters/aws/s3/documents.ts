import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { PrintError } from '../../../core/domain/errors.ts';
import type { DocumentStore } from '../../../core/ports/index.ts';
import { chunksOf } from '../chunks.ts';
import { makeAddresses } from './addresses.ts';
import { DocumentMeter } from './document-meter.ts';
import { makeMultiparts } from './multiparts.ts';
import type { Presigner } from './presigner.ts';
import { putStream } from './put-stream.ts';
import type { Bucket } from './s3.ts';
import { orRefusal } from './s3-answers.ts';

/** [Amazon S3, DeleteObjects] */
const deletedAtOnce = 1000;
/** DeleteObjects requests at the same time. */
const deletionsAtOnce = 8;

/** Documents as objects of one bucket, under the core's keys. Writes of an S3 object are atomic. */
export function makeDocuments(bucket: Bucket, presign: Presigner): DocumentStore {
  const { client, name } = bucket;
  const at = (key: string) => ({ Bucket: name, Key: key });

  const documents: DocumentStore = {
    ...makeMultiparts(bucket),
    ...makeAddresses(presign),

    async put(key, bytes, options) {
      const putWhole = async (whole: Uint8Array) => {
        await orRefusal(client.send(new PutObjectCommand({ ...at(key), Body: whole, ContentType: options?.format })));
      };
      if (!(bytes instanceof Uint8Array)) return await putStream(documents, putWhole, key, bytes, options);
      const meter = new DocumentMeter();
      meter.add(bytes);
      await putWhole(bytes);
      return meter.document(key);
    },

    async read(key, range) {
      const Range = range && `bytes=${range.from}-${Math.max(range.from, range.to - 1)}`;
      const answer = await orRefusal(client.send(new GetObjectCommand({ ...at(key), Range })), 'absent', 'bad-range');
      if (answer === 'absent') return undefined;
      const isEmpty = answer === 'bad-range' || (range && range.from >= range.to);
      if (!isEmpty) return answer.Body as Readable;
      if (answer !== 'bad-range') (answer.Body as Readable).destroy();
      return Readable.from([]);
    },

    /** S3 requires a part's length before its octets, so a stream is buffered in memory. */
    async putPart(key, id, part, bytes) {
      const Body = bytes instanceof Uint8Array ? bytes : await buffer(bytes);
      const command = new UploadPartCommand({ ...at(key), UploadId: id, PartNumber: part, Body });
      const answer = await orRefusal(client.send(command), 'upload-gone', 'bad-range');
      if (answer === 'upload-gone')
        throw new PrintError('not-found', 'No such upload: it was completed, aborted or has expired.');
      if (answer === 'bad-range') throw new PrintError('bad-value', `Invalid part number ${part}: use 1 to 10000.`);
      return answer.ETag as string;
    },

    async delete(keys) {
      const deleteSome = async (some: string[]) => {
        const Objects = some.map(Key => ({ Key }));
        const command = new DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } });
        const { Errors = [] } = await orRefusal(client.send(command));
        if (Errors.length > 0) throw new PrintError('internal', 'S3 did not delete all documents.', { detail: Errors });
      };
      for (const some of chunksOf(chunksOf(keys, deletedAtOnce), deletionsAtOnce))
        await Promise.all(some.map(deleteSome));
    },

    async list(prefix) {
      const found: { key: string; octets: number }[] = [];
      let token: string | undefined;
      do {
        const command = new ListObjectsV2Command({ Bucket: name, Prefix: prefix, ContinuationToken: token });
        const page = await orRefusal(client.send(command));
        for (const { Key, Size } of page.Contents ?? []) found.push({ key: Key as string, octets: Size ?? 0 });
        token = page.NextContinuationToken;
      } while (token);
      return found;
    },
  };
  return documents;
}
