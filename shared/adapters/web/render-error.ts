/** Why a page, an address or a PDF could not be turned into what was asked. Later layers make job state reasons of it. */
export const renderErrorCodes = [
  'bad-request', // a parameter has no sense
  'bad-address', // an address that cannot be read as one
  'not-reachable', // the address does not answer, or answers with an error
  'access-denied', // the address wants other credentials
  'forbidden-address', // private, loopback, metadata ..., or a scheme other than http and https
  'not-a-page', // the address gives a download or a type that is no page
  'timeout', // the deadline is over
  'too-large', // over a limit in octets or pixels
  'too-many-pages', // over the limit of pages
  'crashed', // the browser ended in the middle of the job
  'canceled', // the caller gave up
  'bad-pdf', // damaged, or no PDF at all
  'encrypted-pdf', // a password is needed, or the one given is wrong
  'restricted-pdf', // its owner forbids what is asked
  'bad-page-range', // unreadable
  'page-out-of-range', // beyond the last page
  'bad-template', // marks that do not match
  'unsupported-format', // known, and no PDF can be made of it here
  'bad-image', // damaged, or of a kind that is not taken
] as const;

export type RenderErrorCode = (typeof renderErrorCodes)[number];

/** `message` is one sentence that helps the person who sent the job; it holds no credentials. */
export class RenderError extends Error {
  readonly code: RenderErrorCode;

  constructor(code: RenderErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'RenderError';
    this.code = code;
  }
}
