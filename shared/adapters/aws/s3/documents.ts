import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PrintError } from '../../../core/domain/errors.ts';
import type { DocumentStore } from '../../../core/ports/index.ts';
import { type Addresses, makeAddresses } from './addresses.ts';
import { lazily } from './lazily.ts';
import { Measure } from './measure.ts';
import { GetObjectCommand, type ObjectClient, PutObjectCommand, UploadPartCommand } from './object-client.ts';
import type { Presigner } from './presigner.ts';
import { putStream } from './put-stream.ts';
import { refusable } from './s3-answers.ts';
import type { SeldomDocuments } from './seldom-documents.ts';

/**
 * Documents as objects of one bucket, under the core's own keys. S3 shows an object whole or not at all. What is
 * `seldom` asked for is opened by its first call.
 */
export function makeDocuments(
  client: ObjectClient,
  openSeldom: () => Promise<SeldomDocuments>,
  presign: Presigner,
): DocumentStore {
  const often: Pick<DocumentStore, 'put' | 'read' | 'putPart'> = {
    async put(key, bytes, options) {
      const putWhole = async (whole: Uint8Array) => {
        await refusable(client.send(new PutObjectCommand({ Key: key, Body: whole, ContentType: options?.format })));
      };
      if (!(bytes instanceof Uint8Array)) return await putStream(documents, putWhole, key, bytes, options);
      const measure = new Measure();
      measure.add(bytes);
      await putWhole(bytes);
      return measure.document(key);
    },

    async read(key, range) {
      const Range = range && `bytes=${range.from}-${Math.max(range.from, range.to - 1)}`;
      const answer = await refusable(client.send(new GetObjectCommand({ Key: key, Range })), 'absent', 'bad-range');
      if (answer === 'absent') return undefined;
      const isEmpty = answer === 'bad-range' || (range && range.from >= range.to);
      if (!isEmpty) return answer.Body;
      if (answer !== 'bad-range') answer.Body.destroy();
      return Readable.from([]);
    },

    /** S3 wants to know a part's length before its octets, so a stream is held in memory. */
    async putPart(key, id, part, bytes) {
      const Body = bytes instanceof Uint8Array ? bytes : await buffer(bytes);
      const command = new UploadPartCommand({ Key: key, UploadId: id, PartNumber: part, Body });
      const answer = await refusable(client.send(command), 'upload-gone', 'bad-range');
      if (answer === 'upload-gone') throw new PrintError('not-found', 'The upload is gone.');
      if (answer === 'bad-range') throw new PrintError('bad-value', 'Parts are numbered from 1 to 10000.');
      return answer.ETag;
    },
  };
  const documents = lazily<DocumentStore, keyof typeof often | keyof Addresses>(openSeldom, {
    ...often,
    ...makeAddresses(presign),
  });
  return documents;
}
