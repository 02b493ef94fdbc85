import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { maximumDocumentOctets } from '../../../core/domain/document.ts';
import { PrintError, type PrintErrorCode } from '../../../core/domain/errors.ts';
import { parseByteRange } from '../../../protocol/byte-range.ts';
import { contentDisposition } from '../../../protocol/content-disposition.ts';
import { log } from '../../../telemetry/log.ts';
import type { AdmitWrite } from '../uploads/admit-write.ts';
import { checkedBody, envelopeOf } from './checked-body.ts';
import type { FileDocuments } from './documents.ts';
import { type AddressSigner, type Grant, storagePath } from './signed-address.ts';

type Reading = Extract<Grant, { kind: 'read' }>;
type PartWriting = Extract<Grant, { kind: 'part' }>;
type Writing = Extract<Grant, { kind: 'write' }>;

/** [Amazon S3, upload limits] allows 5 GB in one request; no document here may have so much. */
const writtenOctets = maximumDocumentOctets;

/** Answers true when the request was for the storage, and is answered. */
export type StorageHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Pages of any origin may use an address that they were given; the address is the credential. */
const crossOrigin = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, PUT',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': 'ETag, Accept-Ranges, Content-Range, Content-Length, Content-Disposition',
  'access-control-max-age': '3600',
};

/** Documents are other people's: a browser must neither guess their type nor run them as pages of this server. */
const untrusted = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': 'sandbox',
  'cache-control': 'private, no-store',
};

/** The signed addresses of the document store, on node:http. What S3 answers is answered here [Amazon S3, error responses]. */
export function makeStorageHandler(
  documents: FileDocuments,
  signer: AddressSigner,
  admitWrite: AdmitWrite,
): StorageHandler {
  return async (request, response) => {
    const path = (request.url ?? '').split('?')[0] as string;
    if (!path.startsWith(storagePath)) return false;
    for (const [name, value] of Object.entries({ ...crossOrigin, ...untrusted })) response.setHeader(name, value);
    if (request.method === 'OPTIONS') {
      answer(response, 204);
      return true;
    }
    const grant = signer.verify(path);
    try {
      await serve({ documents, admitWrite }, grant, request, response);
    } catch (error) {
      log.error('storage-failed', { kind: grant?.kind, error });
      answer(response, 500, 'The storage could not do this.');
    }
    // reads the unused body, so that the client reads the response
    request.resume();
    return true;
  };
}

const quotaText =
  'The company has no room for a document of this size, or the file has expired. Delete files, or get a new address.';

async function serve(
  { documents, admitWrite }: { documents: FileDocuments; admitWrite: AdmitWrite },
  grant: Grant | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (grant?.kind === 'read' && isReading) return serveRead(documents, grant, request, response);
  const envelope = request.method === 'PUT' ? envelopeOf(request) : undefined;
  if (grant && envelope) return answer(response, 415, envelope);
  if (grant?.kind === 'part' && request.method === 'PUT') return servePart(documents, grant, request, response);
  if (grant?.kind === 'write' && request.method === 'PUT') {
    const octets = Number(request.headers['content-length'] ?? 0);
    if (!(await admitWrite(grant.key, octets))) return answer(response, 403, quotaText);
    await serveWrite(documents, grant, request, response);
    // one that ended while it was written would leave a document that belongs to nothing
    if (!(await admitWrite(grant.key, octets))) await documents.delete([grant.key]);
    return;
  }
  answer(response, 403, 'This address is not valid, or not any more.');
}

async function serveRead(
  documents: FileDocuments,
  grant: Reading,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const document = await documents.openDocument(grant.key);
  if (!document) return answer(response, 404, 'The document is not there any more.');
  response.setHeader('content-type', grant.format ?? (await document.format()) ?? 'application/octet-stream');
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('etag', document.etag);
  if (grant.fileName) response.setHeader('content-disposition', contentDisposition(grant.fileName));

  const range = rangeOf(request, document);
  if (range === 'unsatisfiable') {
    await document.close();
    response.removeHeader('content-disposition');
    response.setHeader('content-range', `bytes */${document.octets}`);
    return answer(response, 416, 'The range is not inside the document.');
  }
  const { from, to } = range ?? { from: 0, to: document.octets };
  response.setHeader('content-length', to - from);
  if (range) response.setHeader('content-range', `bytes ${from}-${to - 1}/${document.octets}`);
  response.writeHead(range ? 206 : 200);
  const bytes = document.stream(from, request.method === 'HEAD' ? from : to);
  // a client that goes away is no failure of ours
  await pipeline(bytes, response).catch(() => undefined);
}

/** A whole document. Its type is seen from its octets, so that whatever a client says of it is passed over. */
async function serveWrite(
  documents: FileDocuments,
  { key }: Writing,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const length = request.headers['content-length'];
  if (length === undefined) return answer(response, 411, 'Content-Length is required.');
  if (Number(length) > writtenOctets) return answer(response, 413, `A document has at most ${writtenOctets} octets.`);
  try {
    const { sha256 } = await documents.put(key, checkedBody(request));
    response.setHeader('etag', `"${sha256.slice(0, 32)}"`);
    answer(response, 200);
  } catch (error) {
    refuseWriting(request, response, error);
  }
}

async function servePart(
  documents: FileDocuments,
  grant: PartWriting,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { key, multipartId, part, octets } = grant;
  const limit = documents.partOctets(key, multipartId);
  const length = request.headers['content-length'];
  if (limit === undefined) return answer(response, 404, 'The upload is gone.');
  if (length === undefined) return answer(response, 411, 'Content-Length is required.');
  if (Number(length) > limit) return answer(response, 413, `A part has at most ${limit} octets.`);
  if (octets !== undefined && Number(length) !== octets) {
    return answer(response, 403, `This address takes ${octets} octets and no other number.`);
  }
  try {
    const etag = await documents.putPart(key, multipartId, part, checkedBody(request));
    response.setHeader('etag', etag);
    answer(response, 200);
  } catch (error) {
    refuseWriting(request, response, error);
  }
}

function refuseWriting(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // a client that disconnected does not read an answer
  if (request.destroyed && !request.complete) return;
  const status = error instanceof PrintError ? writingStatuses[error.code] : undefined;
  if (status === undefined) throw error;
  answer(response, status, (error as PrintError).message);
}

/** [Amazon S3, error responses]: NoSuchUpload, BadDigest */
const writingStatuses: Partial<Record<PrintErrorCode, number>> = { 'not-found': 404, 'bad-value': 400 };

function answer(response: ServerResponse, status: number, message = ''): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(message),
  });
  response.end(message);
}

/** A range of an older document gets the whole [RFC 9110 13.1.5]. */
function rangeOf({ headers }: IncomingMessage, document: { octets: number; etag: string }) {
  const condition = headers['if-range'];
  const isOfThis = condition === undefined || condition === document.etag;
  return isOfThis ? parseByteRange(headers.range, document.octets) : undefined;
}
