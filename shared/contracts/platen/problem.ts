import type { PrintError, PrintErrorCode } from '../../core/domain/errors.ts';
import { challengeFor } from '../challenge.ts';
import type { HttpResponse } from '../contract.ts';

interface ErrorRow {
  status: number;
  title: string;
}

/** The error catalogue: status and title of every code. */
export const errorCatalogue: Record<PrintErrorCode, ErrorRow> = {
  'bad-request': { status: 400, title: 'The request is malformed or incomplete' },
  'bad-value': { status: 400, title: 'A value is not valid' },
  unauthorized: { status: 401, title: 'The key is missing, unknown or expired' },
  forbidden: { status: 403, title: 'The key does not permit this' },
  'not-found': { status: 404, title: 'Not found' },
  'printer-not-accepting': { status: 409, title: 'The printer is inactive' },
  'document-format-error': { status: 422, title: 'The document does not have its format' },
  'document-password-error': { status: 422, title: 'The document is encrypted' },
  'document-permission-error': { status: 422, title: 'The document does not permit this' },
  'bad-page-range': { status: 422, title: 'The page range cannot be read' },
  'page-out-of-range': { status: 422, title: 'The page range lies beyond the last page' },
  'document-missing-bytes': { status: 409, title: 'Parts of the upload are missing' },
  'document-access-error': { status: 422, title: 'The document cannot be fetched' },
  'document-access-denied': { status: 422, title: 'The document requires other credentials' },
  'bad-address': { status: 422, title: 'The address is not valid, or may not be fetched' },
  'bad-content': { status: 422, title: 'There is no page to render' },
  'bad-options': { status: 400, title: 'The options cannot be read' },
  'bad-template': { status: 422, title: 'The template is not valid' },
  'too-large': { status: 413, title: 'Too large' },
  'too-many': { status: 400, title: 'Too many' },
  'credits-spent': { status: 402, title: 'The credits are used up' },
  conflict: { status: 409, title: 'The state does not allow this' },
  gone: { status: 410, title: 'Not kept any longer' },
  'rate-limited': { status: 429, title: 'Too many requests, or jobs of a day' },
  busy: { status: 429, title: 'Too many at once' },
  overloaded: { status: 503, title: 'The service cannot keep up' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used for another request' },
  timeout: { status: 408, title: 'The request timed out; the job continues' },
  'unsupported-media-type': { status: 415, title: 'The kind of body or document is not supported' },
  unsupported: { status: 501, title: 'Not offered' },
  internal: { status: 500, title: 'Internal error of the service' },
};

/** A problem document [RFC 9457], with the `error` member of release 0.1.0 inside. */
export function problemJson({ code, message }: Pick<PrintError, 'code' | 'message'>, given?: number): HttpResponse {
  const { status: usual, title } = errorCatalogue[code];
  const status = given ?? usual;
  const body = { type: `/docs#${code}`, title, status, detail: message, code, error: { code, message } };
  return { status, headers: { 'content-type': 'application/problem+json' }, body: JSON.stringify(body) };
}

export function errorJson(error: PrintError): HttpResponse {
  const { headers, ...refusal } = problemJson(error);
  return { ...refusal, headers: { ...headers, ...challengeFor(error, 'Bearer') } };
}

export function unknownRoute(allow: string[]): HttpResponse {
  if (allow.length === 0) {
    return problemJson({ code: 'not-found', message: 'Unknown path. See the API reference at /docs.' });
  }
  const message = `This path accepts only ${allow.join(', ')}.`;
  const { headers, ...refusal } = problemJson({ code: 'bad-request', message }, 405);
  return { ...refusal, headers: { ...headers, allow: allow.join(', ') } };
}
