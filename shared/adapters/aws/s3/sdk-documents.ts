import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { PrintError } from '../../../core/domain/errors.ts';
import type { DocumentStore } from '../../../core/ports/index.ts';
import { makeMultiparts } from './multiparts.ts';
import type { Bucket } from './s3.ts';
import { orRefusal } from './s3-answers.ts';

/** [Amazon S3, DeleteObjects] */
const deletedAtOnce = 1000;

/** Operations that need the full S3 client: all except putting and getting objects and parts. */
export type SdkDocuments = ReturnType<typeof makeMultiparts> & Pick<DocumentStore, 'delete' | 'list'>;

export function makeSdkDocuments(bucket: Bucket): SdkDocuments {
  const { client, name } = bucket;

  return {
    ...makeMultiparts(bucket),

    async delete(keys) {
      for (let from = 0; from < keys.length; from += deletedAtOnce) {
        const Objects = keys.slice(from, from + deletedAtOnce).map(Key => ({ Key }));
        const command = new DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } });
        const { Errors = [] } = await orRefusal(client.send(command));
        if (Errors.length > 0) throw new PrintError('internal', 'S3 did not delete all documents.', { detail: Errors });
      }
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
}
