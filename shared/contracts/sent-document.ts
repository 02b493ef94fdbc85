import { PrintError } from '../core/domain/errors.ts';
import type { HttpRequest } from './contract.ts';
import { boundaryOf, parseMultipart, sniffBoundary } from './multipart.ts';

/** A document as a request carries it. */
export interface SentDocument {
  bytes: Buffer;
  fileName?: string;
}

/**
 * The document in a request whose body is the document itself. A form is unpacked, since its envelope must not be
 * printed: it has to hold one file. Other envelopes are refused.
 */
export function sentDocument({ headers, body }: HttpRequest): SentDocument {
  const type = headers['content-type'] ?? '';
  const boundary = boundaryOf(type) ?? sniffBoundary(body);
  if (boundary === undefined && !/^\s*multipart\//i.test(type)) return { bytes: body };
  if (boundary === undefined) {
    throw new PrintError(
      'unsupported-media-type',
      `A body of type "${type.slice(0, 80)}" is not taken. Send the document itself, or multipart/form-data with a boundary.`,
    );
  }
  const files = parseMultipart(body, boundary).filter(part => part.fileName !== undefined);
  const [file, ...others] = files;
  if (file && others.length === 0) return { bytes: file.bytes, fileName: file.fileName };
  throw new PrintError('bad-request', `The form holds ${files.length} files. Send one document in each request.`);
}
