/**
 * Everything that can be refused while somebody waits for the answer. What fails later, elsewhere, is a reason on
 * the job instead. Contracts map every code to their own wire form in a `Record`, so that a new code does not
 * compile until each of them answers it.
 */
export const printErrorCodes = [
  'bad-request', // the request cannot be read, or lacks a parameter
  'bad-value', // a parameter is there and makes no sense
  'unauthorized', // no credential, or one that is unknown or expired
  'forbidden', // a known credential without the scope, or a company that is switched off
  'not-found', // nothing there, or not for this company: the two must look alike
  'printer-not-accepting', // known and inactive
  'document-format-error', // the bytes are not what they are said to be
  'document-password-error', // the document is encrypted
  'document-permission-error', // the document's owner forbids it
  'bad-page-range', // unreadable
  'page-out-of-range', // readable, and beyond the last page
  'document-missing-bytes', // segments leave a hole; the message names the ranges
  'document-access-error', // the address of a document cannot be read
  'document-access-denied', // the address of a document wants other credentials
  'bad-address', // what should be an address is none that is fetched
  'bad-content', // no page to render, or an empty one
  'bad-options', // options in a notation of their own that cannot be read
  'bad-template', // unknown, or with marks that do not match
  'too-large', // over a limit in octets; the message names the limit
  'too-many', // over a quota in number; the message names the quota
  'credits-spent', // the company's ledger does not cover it
  'conflict', // the thing is no longer in a state that allows this
  'idempotency-key-reused', // same key, other request
  'timeout', // the synchronous wait is over; the job goes on
  'unsupported', // understood and not offered
  'internal', // ours
] as const;

export type PrintErrorCode = (typeof printErrorCodes)[number];

/** `message` is fit for a client in any dialect; `detail` is for the log only. */
export class PrintError extends Error {
  readonly code: PrintErrorCode;
  readonly detail: unknown;

  constructor(code: PrintErrorCode, message: string, options: { cause?: unknown; detail?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'PrintError';
    this.code = code;
    this.detail = options.detail;
  }
}
