import type { DocumentStore } from '../ports.ts';
import { contentDisposition } from './content-disposition.ts';
import type { Presigner } from './presigner.ts';

type Addresses = Pick<DocumentStore, 'presignRead' | 'presignWrite' | 'presignPart'>;

/** Presigned addresses of documents. They are made here and nobody is asked for them. */
export function makeAddresses(presign: Presigner): Addresses {
  return {
    async presignRead(key, { expiresSeconds, format, fileName }) {
      const query: Record<string, string> = {};
      if (format) query['response-content-type'] = format;
      if (fileName) query['response-content-disposition'] = contentDisposition(fileName);
      return presign({ method: 'GET', key, expiresSeconds, query });
    },

    async presignWrite(key, expiresSeconds) {
      return presign({ method: 'PUT', key, expiresSeconds });
    },

    async presignPart(key, multipartId, part, expiresSeconds) {
      const query = { partNumber: String(part), uploadId: multipartId };
      return presign({ method: 'PUT', key, expiresSeconds, query });
    },
  };
}
