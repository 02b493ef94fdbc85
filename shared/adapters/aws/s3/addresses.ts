import type { DocumentStore } from '../../../core/ports/index.ts';
import { contentDisposition, plainFileName } from '../../../protocol/content-disposition.ts';
import type { Presigner } from './presigner.ts';

/**
 * UTF-8 octets of a file name. Escaping can take five characters for each; the session token of a role takes a thousand.
 * Addresses end with that token, which may be before their time, so clients ask again when one is refused.
 */
const fileNameOctets = 75;

export type Addresses = Pick<DocumentStore, 'presignRead' | 'presignWrite' | 'presignPart'>;

/** Presigned addresses of documents, computed locally without a request. */
export function makeAddresses(presign: Presigner): Addresses {
  return {
    async presignRead(key, { expiresSeconds, format, fileName }) {
      const query: Record<string, string> = {};
      if (format) query['response-content-type'] = format;
      if (fileName) query['response-content-disposition'] = attachment(fileName);
      return presign({ method: 'GET', key, expiresSeconds, query });
    },

    async presignWrite(key, expiresSeconds) {
      return presign({ method: 'PUT', key, expiresSeconds });
    },

    async presignPart(key, multipartId, { part, octets }, expiresSeconds) {
      const query = { partNumber: String(part), uploadId: multipartId };
      return presign({ method: 'PUT', key, expiresSeconds, query, octets });
    },
  };
}

const attachment = (fileName: string) => contentDisposition(plainFileName(fileName, fileNameOctets));
