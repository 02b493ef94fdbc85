import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PrintError } from '../../../core/domain/errors.ts';
import type { DocumentStore } from '../../../core/ports/index.ts';
import { type Addresses, makeAddresses } from './addresses.ts';
import { DocumentMeter } from './document-meter.ts';
import { lazyPort } from './lazy-port.ts';
import { GetObjectCommand, type ObjectClient, PutObjectCommand, UploadPartCommand } from './object-client.ts';
import type { Presigner } from './presigner.ts';
import { putStream } from './put-stream.ts';
import { orRefusal } from './s3-answers.ts';
import type { SdkDocuments } from './sdk-documents.ts';

/**
 * Documents as objects of one bucket, under the core's keys. Writes of an S3 object are atomic. `openSdk` loads the
 * full S3 client on the first call that needs it.
 */
export function makeDocuments(
  client: ObjectClient,
  openSdk: () => Promise<SdkDocuments>,
  presign: Presigner,
): DocumentStore {
  const hotPath: Pick<DocumentStore, 'put' | 'read' | 'putPart'> = {
    async put(key, bytes, options) {
      const putWhole = async (whole: Uint8Array) => {
        await orRefusal(client.send(new PutObjectCommand({ Key: key, Body: whole, ContentType: options?.format })));
      };
      if (!(bytes instanceof Uint8Array)) return await putStream(documents, putWhole, key, bytes, options);
      const meter = new DocumentMeter();
      meter.add(bytes);
      await putWhole(bytes);
      return meter.document(key);
    },

    async read(key, range) {
      const Range = range && `bytes=${range.from}-${Math.max(range.from, range.to - 1)}`;
      const answer = await orRefusal(client.send(new GetObjectCommand({ Key: key, Range })), 'absent', 'bad-range');
      if (answer === 'absent') return undefined;
      const isEmpty = answer === 'bad-range' || (range && range.from >= range.to);
      if (!isEmpty) return answer.Body;
      if (answer !== 'bad-range') answer.Body.destroy();
      return Readable.from([]);
    },

    /** S3 requires a part's length before its octets, so a stream is buffered in memory. */
    async putPart(key, id, part, bytes) {
      const Body = bytes instanceof Uint8Array ? bytes : await buffer(bytes);
      const command = new UploadPartCommand({ Key: key, UploadId: id, PartNumber: part, Body });
      const answer = await orRefusal(client.send(command), 'upload-gone', 'bad-range');
      if (answer === 'upload-gone')
        throw new PrintError('not-found', 'No such upload: it was completed, aborted or has expired.');
      if (answer === 'bad-range') throw new PrintError('bad-value', `Invalid part number ${part}: use 1 to 10000.`);
      return answer.ETag;
    },
  };
  const documents = lazyPort<DocumentStore, keyof typeof hotPath | keyof Addresses>(openSdk, {
    ...hotPath,
    ...makeAddresses(presign),
  });
  return documents;
}
