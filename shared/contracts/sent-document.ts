import { PrintError } from '../core/domain/errors.ts';
import type { HttpRequest } from './contract.ts';
import { boundaryOf, parseMultipart } from './multipart.ts';

/** A document in a request's body. */
export interface SentDocument {
  bytes: Buffer;
  fileName?: string;
}

/**
 * Returns the document of a request whose body is the document itself. A form must contain one file, which is the
 * document: the form's own lines must not be printed. Other multipart types are refused.
 */
export function sentDocument({ headers, body }: HttpRequest): SentDocument {
  const type = headers['content-type'] ?? '';
  const boundary = boundaryOf(type, body);
  if (boundary === undefined && !/^\s*multipart\//i.test(type)) return { bytes: body };
  if (boundary === undefined) {
    throw new PrintError(
      'unsupported-media-type',
      `The media type "${type.slice(0, 80)}" is not supported. Send the document itself, or multipart/form-data with a boundary.`,
    );
  }
  const files = parseMultipart(body, boundary).filter(part => part.fileName !== undefined);
  const [file, ...others] = files;
  if (file && others.length === 0) return { bytes: file.bytes, fileName: file.fileName };
  throw new PrintError('bad-request', `The form contains ${files.length} files. Send one document in each request.`);
}
