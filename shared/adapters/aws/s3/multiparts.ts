import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListPartsCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { PrintError } from '../../../core/domain/errors.ts';
import type { DocumentStore, Part } from '../../../core/ports/index.ts';
import type { Bucket } from './s3.ts';
import { orRefusal } from './s3-answers.ts';

/** Minimum size of all parts but the last [Amazon S3, multipart upload limits]. */
const leastPartOctets = 5 * 1024 * 1024;

type Multiparts = Pick<
  DocumentStore,
  'octets' | 'createMultipart' | 'copyPart' | 'parts' | 'completeMultipart' | 'abortMultipart'
>;

/** S3 multipart uploads, under S3's upload ids. `putPart` is in `documents.ts`. */
export function makeMultiparts({ client, name }: Bucket): Multiparts {
  const at = (key: string) => ({ Bucket: name, Key: key });
  const of = (key: string, id: string) => ({ ...at(key), UploadId: id });

  async function octets(key: string): Promise<number | undefined> {
    const head = await orRefusal(client.send(new HeadObjectCommand(at(key))), 'absent');
    return head === 'absent' ? undefined : head.ContentLength;
  }

  return {
    octets,

    async createMultipart(key, _partOctets, options) {
      const command = new CreateMultipartUploadCommand({ ...at(key), ContentType: options?.format });
      const { UploadId } = await orRefusal(client.send(command));
      return UploadId as string;
    },

    /** Without a range: S3 copies ranges only of objects of more than 5 MB [Amazon S3, UploadPartCopy]. */
    async copyPart(key: string, id: string, part: number, from: string): Promise<string> {
      const command = new UploadPartCopyCommand({
        ...of(key, id),
        PartNumber: part,
        CopySource: `${name}/${from.split('/').map(encodeURIComponent).join('/')}`,
      });
      const answer = await orRefusal(client.send(command), 'absent', 'upload-gone');
      if (answer === 'absent') throw new PrintError('not-found', 'The document to copy from does not exist.');
      if (answer === 'upload-gone') throw gone();
      return answer.CopyPartResult?.ETag as string;
    },

    async parts(key, id) {
      const parts: Part[] = [];
      let marker: string | undefined;
      do {
        const command = new ListPartsCommand({ ...of(key, id), PartNumberMarker: marker });
        const page = await orRefusal(client.send(command), 'upload-gone');
        if (page === 'upload-gone') return [];
        for (const { PartNumber, ETag, Size } of page.Parts ?? []) {
          parts.push({ part: PartNumber as number, etag: ETag as string, octets: Size as number });
        }
        marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      } while (marker !== undefined);
      return parts;
    },

    async completeMultipart(key, id, parts) {
      const areInOrder = parts.length > 0 && parts.every(({ part }, index) => part === index + 1);
      const areLong = parts.slice(0, -1).every(part => part.octets >= leastPartOctets);
      if (!areInOrder || !areLong) throw badParts();
      const command = new CompleteMultipartUploadCommand({
        ...of(key, id),
        MultipartUpload: { Parts: parts.map(({ part, etag }) => ({ PartNumber: part, ETag: etag })) },
      });
      const answer = await orRefusal(client.send(command), 'part-changed', 'upload-gone', 'bad-parts');
      if (answer === 'part-changed') return answer;
      if (answer === 'bad-parts') throw badParts();
      // a missing upload was completed earlier, perhaps by an SDK retry of this call, or aborted
      const size = await octets(key);
      return size === undefined ? 'gone' : { octets: size };
    },

    async abortMultipart(key, id) {
      await orRefusal(client.send(new AbortMultipartUploadCommand(of(key, id))), 'upload-gone');
    },
  };
}

const gone = () => new PrintError('not-found', 'No such upload: it was completed, aborted or has expired.');
const badParts = () =>
  new PrintError('bad-value', 'Invalid parts: number them from 1 without a gap; only the last may be under 5 MiB.');
