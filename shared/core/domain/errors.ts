/**
 * Error codes of synchronous failures. What fails later, elsewhere, is a reason on the job instead. Contracts map every
 * code to their wire form in a `Record`, so a new code does not compile until every contract handles it.
 */
export const printErrorCodes = [
  'bad-request', // the request cannot be parsed, or lacks a parameter
  'bad-value', // a parameter has an invalid value
  'unauthorized', // no credential, or one that is unknown or expired
  'forbidden', // a valid credential without the scope, or an inactive company
  'not-found', // does not exist, or belongs to another company: both look alike
  'printer-not-accepting', // the printer exists and is inactive
  'document-format-error', // the bytes do not have the declared format
  'document-password-error', // the document is encrypted
  'document-permission-error', // the document's owner does not permit it
  'bad-page-range', // cannot be parsed
  'page-out-of-range', // valid, and beyond the last page
  'document-missing-bytes', // segments leave a gap; the message names the ranges
  'document-access-error', // the address of a document cannot be read
  'document-access-denied', // the address of a document requires other credentials
  'bad-address', // not a valid address, or not one that may be fetched
  'bad-content', // no page to render, or an empty one
  'bad-options', // a dialect's own option notation cannot be parsed
  'bad-template', // unknown, or with unbalanced tags
  'too-large', // over a limit in octets; the message names the limit
  'too-many', // over a quota by count; the message names the quota
  'credits-spent', // the company has too few credits
  'conflict', // the current state does not allow the operation
  'gone', // existed, and is not kept any longer
  'rate-limited', // more than a key or company may do in this time; `retryAfterSeconds` says when it may
  'busy', // too many at once; a later attempt may succeed
  'overloaded', // a part of the service cannot keep up; `retryAfterSeconds` says when a later attempt may succeed
  'idempotency-key-reused', // the same key with a different request
  'timeout', // the synchronous wait ended; the job continues
  'unsupported-media-type', // the type, coding or character set of the body is not supported
  'unsupported', // valid, and not implemented
  'internal', // a fault of the service
] as const;

export type PrintErrorCode = (typeof printErrorCodes)[number];

/** Quotes a client's value for an error message: at most 80 characters, control characters escaped. */
export const quote = (value: string) => JSON.stringify(value.slice(0, 80));

interface PrintErrorOptions {
  cause?: unknown;
  detail?: unknown;
  retryAfterSeconds?: number;
}

/** `message` is fit for clients of every dialect; `detail` is for the log only. */
export class PrintError extends Error {
  readonly code: PrintErrorCode;
  readonly detail: unknown;
  /** when a later attempt may succeed */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: PrintErrorCode, message: string, options: PrintErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'PrintError';
    this.code = code;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The processes that were to make the document ended, which more memory may prevent. */
export class ProcessesEnded extends PrintError {
  constructor(message: string, cause: unknown) {
    super('document-format-error', message, { cause });
    this.name = 'ProcessesEnded';
  }
}
