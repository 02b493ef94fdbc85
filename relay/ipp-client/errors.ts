import type { IppTarget } from '../../shared/core/domain/device-address.ts';

/** How much of what matters had been handed to the network: of the document, or of a request that carries none. */
export type Sent = 'nothing' | 'some' | 'all';

/** The exchange did not come to an IPP answer; `sent` says how far it came. */
export class IppExchangeError extends Error {
  readonly sent: Sent;
  readonly httpStatus: number | undefined;
  /** `offline`, or a keyword for what a printer that is there refuses */
  readonly reason: string;

  constructor(message: string, sent: Sent, options: { cause?: unknown; httpStatus?: number; reason?: string } = {}) {
    super(message, { cause: options.cause });
    this.name = 'IppExchangeError';
    this.sent = sent;
    this.httpStatus = options.httpStatus;
    this.reason = options.reason ?? 'offline';
  }
}

/** The printer returned an IPP error. */
export class IppRefusal extends Error {
  readonly reason = 'printer-refuses-requests';
}

/** Reason and message of a failed request to a printer. */
export function reasonOf(error: Error): { reasons: string[]; message: string } {
  const isOfPrinter = error instanceof IppExchangeError || error instanceof IppRefusal;
  return { reasons: [isOfPrinter ? error.reason : 'offline'], message: error.message };
}

interface Refusal {
  reason: string;
  message: string;
}

/** Explains an HTTP status to the person who set up the printer. */
export function httpRefusal(status: number, target: IppTarget, location: string | undefined): Refusal {
  const path = target.url.pathname;
  if (status === 401) {
    const message = 'The printer asks for a user name and password (HTTP 401): give them to the relay with --login.';
    return { reason: 'printer-asks-for-password', message };
  }
  if (status === 403) {
    return { reason: 'printer-refuses-access', message: 'The printer refuses access to this computer (HTTP 403).' };
  }
  if (status === 404) {
    const message = `There is no printer at the path ${path} (HTTP 404): check the path in the printer's address.`;
    return { reason: 'printer-path-unknown', message };
  }
  if (status === 426) {
    const message = "The printer demands TLS (HTTP 426): begin the printer's address with ipps://.";
    return { reason: 'printer-demands-tls', message };
  }
  if (status >= 300 && status < 400) {
    const message = `The printer redirects to ${location ?? 'another address'} (HTTP ${status}): use that address.`;
    return { reason: 'printer-redirects', message };
  }
  const reason = status >= 500 ? 'offline' : 'printer-http-error';
  return { reason, message: `The printer answered with HTTP status ${status}.` };
}

/** Undefined for failures that are not TLS's. Codes and reasons are those of OpenSSL. */
export function tlsRefusal(error: unknown): Refusal | undefined {
  const { code = '', reason = '', message = '' } = error as { code?: string; reason?: string; message?: string };
  if (/^(DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|CERT_|ERR_TLS_CERT)/.test(code)) {
    return {
      reason: 'printer-certificate-untrusted',
      message: `The printer's certificate is not one of an authority for this name (${code}), as ?certificate=strict demands.`,
    };
  }
  if (!/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return undefined;
  const about = `${code} ${reason} ${message}`;
  if (
    /unsupported.protocol|protocol.version|no.protocols|version.too.low|handshake.failure|inappropriate/i.test(about)
  ) {
    return {
      reason: 'printer-tls-too-old',
      message:
        "The printer's version of TLS is too old for the relay. To allow it, add ?tls=1.0 to the printer's address; " +
        'or use ipp:// without TLS.',
    };
  }
  if (/wrong.version.number|packet.length|http.request/i.test(about)) {
    return {
      reason: 'printer-without-tls',
      message: 'The printer does not speak TLS at this port: begin its address with ipp://, or check the port.',
    };
  }
  return { reason: 'printer-tls-fails', message: `TLS with the printer fails: ${reason || code}.` };
}
