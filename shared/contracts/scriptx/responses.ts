import type { PrintError, PrintErrorCode } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import type { Printer } from '../../core/domain/printer.ts';
import { version } from '../../protocol/version.ts';
import { challengeFor } from '../challenge.ts';
import type { HttpResponse } from '../contract.ts';
import { filePrinterSettings, relayPrinterSettings } from './device-settings.ts';
import type { Units } from './enums.ts';
import { defaultSettings } from './html-settings.ts';
import { isDefaultPrinter, printerNamed, printerNames } from './printer-names.ts';

/*
 * Responses: JSON that is never empty, since the client takes an empty body for an error; errors as plain text, which the
 * client shows unchanged.
 */

export const json = (body: object, status = 200): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
});

export const text = (body: string, status: number, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body,
});

const statusOf: Record<PrintErrorCode, number> = {
  'bad-request': 400,
  'bad-value': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'printer-not-accepting': 404,
  'document-format-error': 400,
  'document-password-error': 400,
  'document-permission-error': 400,
  'bad-page-range': 400,
  'page-out-of-range': 400,
  'document-missing-bytes': 400,
  'document-access-error': 400,
  'document-access-denied': 400,
  'bad-address': 400,
  'bad-content': 400,
  'bad-options': 400,
  'bad-template': 400,
  'too-large': 413,
  'too-many': 400,
  'credits-spent': 402,
  conflict: 409,
  gone: 404,
  'rate-limited': 429,
  busy: 429,
  overloaded: 503,
  'idempotency-key-reused': 409,
  timeout: 500,
  'unsupported-media-type': 415,
  unsupported: 400,
  internal: 500,
};

export const unknownLicence = 'The licence is missing or unknown.';

export const errorText = (error: PrintError) =>
  text(
    error.code === 'unauthorized' ? unknownLicence : error.message,
    statusOf[error.code],
    challengeFor(error, 'Basic'),
  );

export function unknownRoute(allow: string[]): HttpResponse {
  if (allow.length === 0) return text('Unknown call.', 404);
  return text(`This call accepts only ${allow.join(' or ')}.`, 405, { allow: allow.join(', ') });
}

/** Errors that the user of a page can correct: the client shows a message only with a 2xx status. */
const isSoft: Record<PrintErrorCode, boolean> = {
  'bad-request': false,
  'bad-value': true,
  unauthorized: false,
  forbidden: false,
  'not-found': true,
  'printer-not-accepting': true,
  'document-format-error': true,
  'document-password-error': true,
  'document-permission-error': true,
  'bad-page-range': true,
  'page-out-of-range': true,
  'document-missing-bytes': true,
  'document-access-error': true,
  'document-access-denied': true,
  'bad-address': true,
  'bad-content': true,
  'bad-options': false,
  'bad-template': true,
  'too-large': true,
  'too-many': true,
  'credits-spent': true,
  conflict: true,
  gone: true,
  'rate-limited': false,
  busy: true,
  overloaded: false,
  'idempotency-key-reused': false,
  timeout: true,
  'unsupported-media-type': true,
  unsupported: true,
  internal: false,
};

const printStatus = { queuedToDevice: 1, queuedToFile: 2, softError: 3, ok: 4 } as const;

export function softError({ code, message }: PrintError): HttpResponse | undefined {
  if (!isSoft[code]) return undefined;
  const isAboutPrinter = code === 'not-found' || code === 'printer-not-accepting';
  const shown = isAboutPrinter ? `The printer is not available: ${message}` : message;
  return json({ status: printStatus.softError, jobIdentifier: '', message: shown }, 202);
}

/** A request has one document and one printer, so it has one job. */
export function queued([job]: Job[]): HttpResponse {
  const status = job?.printer ? printStatus.queuedToDevice : printStatus.queuedToFile;
  return json({ status, jobIdentifier: job?.id ?? '', message: '' }, 202);
}

/** The response for raw data only says that it was accepted. */
export const sent = () => json({ status: printStatus.ok, jobIdentifier: '', message: '' }, 202);

/** Browsers navigate here; the address of the redirect makes the document an attachment. */
export const download = ({ url }: { url: string }): HttpResponse => text('', 303, { location: url });

const [major = 0, minor = 0, build = 0] = version.split('.').map(Number);
const ownVersion = { major, minor, build, revision: 0, majorRevision: 0, minorRevision: 0 };
/** The version of the vendor's interface that this contract implements; clients require at least 2.19. */
const serviceVersion = { ...ownVersion, major: 2, minor: 22, build: 0 };

const serviceClasses = { cloud: 1, onPremise: 2 } as const;

export function description(printers: Printer[]): HttpResponse {
  const availablePrinters = printerNames(printers);
  return json({
    serviceClass: availablePrinters.length > 1 ? serviceClasses.onPremise : serviceClasses.cloud,
    currentAPIVersion: 'v1',
    serviceVersion,
    serverVersion: ownVersion,
    availablePrinters,
    printHTML: true,
    printPDF: true,
    printDIRECT: true,
  });
}

export const htmlSettings = (units: Units) => json(defaultSettings(units));

export const htmlDefaults = (units: Units) => (printers: Printer[]) =>
  json({
    settings: defaultSettings(units),
    device: filePrinterSettings(units),
    availablePrinters: printerNames(printers),
  });

export const deviceSettings = (name: string, units: Units) => (printers: Printer[]) => {
  if (isDefaultPrinter(name)) return json(filePrinterSettings(units));
  const printer = printerNamed(printers, name);
  if (printer) return json(relayPrinterSettings(printer, units));
  return text(`The printer "${name.slice(0, 80)}" is not available.`, 404);
};
