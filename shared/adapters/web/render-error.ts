/** Why a page, an address or a PDF could not be converted. The use case translates the code to job state reasons. */
export const renderErrorCodes = [
  'bad-request', // an invalid parameter
  'bad-address', // a malformed address
  'not-reachable', // the address does not answer, or answers with an error
  'access-denied', // the address requires other credentials
  'forbidden-address', // private, loopback, metadata ..., or a scheme other than http and https
  'not-a-page', // the address returns a download, or a type that is not a page
  'timeout', // the deadline is over
  'too-large', // above a limit of octets or pixels
  'too-many-pages', // above the limit of pages
  'crashed', // the browser ended during the job
  'page-crashed', // the page's own process ended
  'canceled', // the caller canceled the job
  'bad-pdf', // damaged, or not a PDF
  'encrypted-pdf', // the password is missing or wrong
  'restricted-pdf', // its permissions forbid the conversion
  'bad-page-range', // unreadable
  'page-out-of-range', // beyond the last page
  'bad-template', // marks that do not match
  'unsupported-format', // a known format that cannot be converted to PDF
  'bad-image', // damaged, or of an unsupported format
] as const;

export type RenderErrorCode = (typeof renderErrorCodes)[number];

/** `message` is one sentence that helps the sender of the job; it contains no credentials. */
export class RenderError extends Error {
  readonly code: RenderErrorCode;

  constructor(code: RenderErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'RenderError';
    this.code = code;
  }
}
