import { extensionOf, isPrinterLanguage } from '../../core/domain/document.ts';
import type { PrintError, PrintErrorCode } from '../../core/domain/errors.ts';
import { allReasonsOf, type Job, type Standing } from '../../core/domain/job.ts';
import { type JobView, wordsOf } from '../../core/domain/job-words.ts';
import type { Device, Printer } from '../../core/domain/printer.ts';
import type { LocationView } from '../../core/usecases/relays/manage-printers.ts';
import { version } from '../../protocol/version.ts';
import { challengeFor } from '../challenge.ts';
import type { HttpResponse } from '../contract.ts';

/** Responses: plain text for submissions, JSON for `get` and `put`, text that begins with `Error: ` for errors. */

export const text = (body: string, status = 200): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});

const json = (body: object): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Server version, client version, serial number, licensee. */
export const versionLines = [version, version, '0', 'Platen'].join('\n');

export const jobIdLines = (jobs: Job[]) => text(jobs.map(job => job.id).join('\n'));

/**
 * A call that fails has status 200, as clients of this API expect; an invalid request has status 4xx. A client that only
 * checks whether the body begins with `Error: ` is right in both cases.
 */
const statusOf: Record<PrintErrorCode, number> = {
  'bad-request': 400,
  'bad-value': 200,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 200,
  'printer-not-accepting': 200,
  'document-format-error': 200,
  'document-password-error': 200,
  'document-permission-error': 200,
  'bad-page-range': 200,
  'page-out-of-range': 200,
  'document-missing-bytes': 200,
  'document-access-error': 200,
  'document-access-denied': 200,
  'bad-address': 200,
  'bad-content': 200,
  'bad-options': 200,
  'bad-template': 200,
  'too-large': 413,
  'too-many': 200,
  'credits-spent': 402,
  conflict: 200,
  gone: 200,
  'rate-limited': 429,
  busy: 429,
  overloaded: 503,
  'idempotency-key-reused': 200,
  timeout: 200,
  'unsupported-media-type': 415,
  unsupported: 200,
  internal: 500,
};

export function errorText(error: PrintError): HttpResponse {
  const advice = error.code === 'too-large' ? ' Send larger files in segments: tempfile, putsegment, submitfile.' : '';
  const refusal = text(`Error: ${error.message}${advice}`, statusOf[error.code]);
  return { ...refusal, headers: { ...refusal.headers, ...challengeFor(error, 'Bearer') } };
}

export function unknownRoute(allow: string[]): HttpResponse {
  if (allow.length === 0) return text('Error: Unknown call.', 404);
  const refusal = text(`Error: This call works with ${allow.join(' or ')} only.`, 405);
  return { ...refusal, headers: { ...refusal.headers, allow: allow.join(', ') } };
}

/** 0 submitted, 1 received at the relay, 2 delivered, 3 deleted, 8 saved. No state means a failure. */
const states: Record<Standing, (job: Job) => 0 | 1 | 2 | 3 | 8> = {
  'pending-held/job-incoming': () => 0,
  'pending-held/job-hold-until-specified': () => 0,
  'pending/job-queued': () => 0,
  'processing/job-transforming': () => 0,
  'pending/job-fetchable': () => 0,
  'processing/queued-in-device': () => 1,
  'processing/job-printing': () => 1,
  'processing-stopped/printer-stopped': () => 1,
  'processing-stopped/delivery-unconfirmed': () => 1,
  'completed/job-completed-successfully': job => (job.printer ? 2 : 8),
  'canceled/job-canceled-by-user': () => 3,
  'aborted/aborted-by-system': job => (job.reasons.includes('expired') ? 3 : asItWas(job)),
};

const asItWas = (job: Job) => (job.receivedAt === undefined ? 0 : 1);

export function jobJson(view: JobView): HttpResponse {
  const { job } = view;
  const format = job.document?.format ?? '';
  return json({
    JobID: job.id,
    CompID: job.companyId,
    LocID: job.printer?.locationId ?? '',
    DevID: job.printer?.deviceId ?? '',
    Name: job.name,
    Submitted: timeText(job.submittedAt),
    Size: job.document?.octets ?? 0,
    Ext: /\.([0-9A-Za-z]{1,8})$/.exec(job.name)?.[1] ?? extensionOf(format),
    State: states[job.standing](job),
    Data: null,
    Segments: [],
    Pages: job.pageCount ?? null,
    Properties: job.properties,
    RawPrint: format !== '' && isPrinterLanguage(format),
    Target: job.printer?.deviceId ?? '',
    Received: timeText(job.receivedAt),
    Delivered: job.standing === 'completed/job-completed-successfully' ? timeText(job.endedAt) : '',
    Message: messageOf(view),
    Updated: Math.floor(job.updatedAt / 1000),
    Reasons: allReasonsOf(job),
  });
}

/** Why a job waits, stopped or failed, and who must act; the state says the rest. */
function messageOf(view: JobView): string {
  const { message, next } = wordsOf(view);
  if (view.job.standing === 'canceled/job-canceled-by-user') return (view.job.message && message) ?? '';
  const isDecision = view.job.standing === 'processing-stopped/delivery-unconfirmed';
  return [message ?? '', isDecision ? next : ''].join(' ').trim();
}

const timeText = (at: number | undefined) => (at === undefined ? '' : new Date(at).toISOString());

export function deviceJson(printer: Printer): HttpResponse {
  return json(deviceRecord(printer));
}

function deviceRecord(printer: Printer) {
  return {
    DevID: printer.deviceId,
    Name: printer.name,
    IsInactive: !printer.active,
    Type: printer.type,
    Target: printer.target,
    Notes: printer.notes,
    Formats: printer.formats.length > 0 ? printer.formats : formatsOf(printer.device),
    DefaultProps: printer.defaultProperties,
    Filter: printer.filter,
    AutoGenerated: printer.autoGenerated,
    State: printer.device?.state ?? 'unknown',
    StateReasons: printer.device?.stateReasons ?? [],
  };
}

const formatNames: Record<string, string> = {
  'application/pdf': 'pdf',
  'application/vnd.hp-pcl': 'pcl',
  'application/vnd.hp-pclxl': 'pcl6',
  'application/postscript': 'ps',
  'text/plain': 'txt',
  'application/octet-stream': 'any',
};

function formatsOf(device: Device | undefined): string[] {
  const supported = device?.attributes['document-format-supported'] ?? ['application/octet-stream'];
  return supported.map(format => formatNames[format]).filter(name => name !== undefined);
}

export function locationJson({ location, printers }: LocationView): HttpResponse {
  return json({
    LocID: location.locationId,
    Name: location.name,
    // relays authenticate with a certificate: there is no password
    Password: '',
    IsInactive: !location.active,
    Type: location.type,
    AllowFrom: location.allowFrom,
    Email: location.email,
    Email2: location.email2,
    Phone: location.phone,
    Printers: printers.filter(printer => printer.device).map(printerLine),
    Devices: Object.fromEntries(printers.map(printer => [printer.deviceId, deviceRecord(printer)])),
    IsWindows: false,
    Notes: location.notes,
    MFA: false,
    EmailVerified: false,
    Email2Verified: false,
    Online: location.online,
    LastSeen: timeText(location.lastSeenAt),
  });
}

/** Name, driver and port, trays, color, collate, duplex, paper sizes: separated by tabs, lists by semicolons. */
function printerLine({ deviceId, device }: Printer): string {
  const attributes = device?.attributes ?? {};
  const driver = attributes['printer-make-and-model'] ?? device?.scheme ?? '';
  const duplex = (attributes['sides-supported'] ?? []).some(sides => sides.startsWith('two-sided'));
  return [
    deviceId,
    driver,
    (attributes['media-source-supported'] ?? []).join(';'),
    attributes['color-supported'] ? '1' : '0',
    '1',
    duplex ? '1' : '0',
    (attributes['media-supported'] ?? []).join(';'),
  ].join('\t');
}
