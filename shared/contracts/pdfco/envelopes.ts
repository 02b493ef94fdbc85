import type { PrintError, PrintErrorCode } from '../../core/domain/errors.ts';
import { challengeFor } from '../challenge.ts';
import type { HttpResponse } from '../contract.ts';

/** The envelope of every response: `error`, `status` (equal to the HTTP status), and the members of the call. */

/** The credits left when there is no limit: clients expect a number. */
const unlimitedCredits = 1_000_000_000;

export const creditsLeft = (remaining: number | undefined) => remaining ?? unlimitedCredits;

export const json = (body: object, status = 200, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** [developer.pdf.co, response codes]; 413 and 415 as HTTP has them [RFC 9110 15.5.14, 15.5.16]. */
export const statusOf: Record<PrintErrorCode, number> = {
  'bad-request': 400,
  'bad-value': 454,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'printer-not-accepting': 400,
  'document-format-error': 442,
  'document-password-error': 441,
  'document-permission-error': 443,
  'bad-page-range': 450,
  'page-out-of-range': 449,
  'document-missing-bytes': 446,
  'document-access-error': 400,
  'document-access-denied': 403,
  'bad-address': 452,
  'bad-content': 448,
  'bad-options': 444,
  'bad-template': 447,
  'too-large': 413,
  'too-many': 400,
  'credits-spent': 402,
  conflict: 400,
  gone: 404,
  'rate-limited': 429,
  busy: 429,
  overloaded: 503,
  'idempotency-key-reused': 400,
  timeout: 408,
  'unsupported-media-type': 415,
  unsupported: 415,
  internal: 500,
};

export function refusal(status: number, message: string, headers: Record<string, string> = {}): HttpResponse {
  return json({ error: true, status, errorCode: status, message }, status, headers);
}

export function errorEnvelope(error: PrintError): HttpResponse {
  const left = error.code === 'credits-spent' ? { remainingCredits: 0 } : {};
  const status = statusOf[error.code];
  const body = { error: true, status, errorCode: status, message: error.message, ...left };
  return json(body, status, challengeFor(error, 'ApiKey'));
}

/** With microseconds and offset, the vendor's format of times. */
export const timeText = (at: number) => new Date(at).toISOString().replace('Z', '000+00:00');
