import type { Download } from '../core/usecases/documents/download.ts';
import { parseByteRange } from '../protocol/byte-range.ts';
import { contentDisposition } from '../protocol/content-disposition.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';

/** Responses with a document. */

/** Documents are untrusted: a browser must neither guess their type nor run them as pages of this service. */
const untrusted = {
  'content-security-policy': 'sandbox',
  'cache-control': 'private, no-store',
};

export function downloaded(request: HttpRequest, found: Download): HttpResponse {
  if ('url' in found) return { status: 302, headers: { ...untrusted, location: found.url }, body: '' };
  const isText = found.format.startsWith('text/') || found.format === 'application/json';
  const headers = {
    ...untrusted,
    'content-type': isText ? `${found.format}; charset=utf-8` : found.format,
    'content-disposition': contentDisposition(found.fileName),
    'accept-ranges': 'bytes',
  };
  return partOf(request, { status: 200, headers, body: found.bytes });
}

/** The requested range. Files have no entity tags, so `If-Range` never matches [RFC 9110 13.1.5]. */
function partOf({ method, headers }: HttpRequest, whole: HttpResponse & { body: Uint8Array }): HttpResponse {
  const asked = method === 'GET' && headers['if-range'] === undefined ? headers.range : undefined;
  const { length } = whole.body;
  const range = parseByteRange(asked, length);
  if (!range) return whole;
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { ...untrusted, 'content-range': `bytes */${length}` }, body: '' };
  }
  const { from, to } = range;
  return {
    status: 206,
    headers: { ...whole.headers, 'content-range': `bytes ${from}-${to - 1}/${length}` },
    body: whole.body.subarray(from, to),
  };
}
