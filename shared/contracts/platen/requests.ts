import type * as z from 'zod';
import { PrintError } from '../../core/domain/errors.ts';
import type { EventFilter } from '../../core/domain/event.ts';
import type { RelayId } from '../../core/domain/ids.ts';
import { parsePrinterKey } from '../../core/domain/printer.ts';
import type { NewKey } from '../../core/usecases/accounts/manage-keys.ts';
import type { CheckedSubmission } from '../../core/usecases/documents/check-submission.ts';
import type { CopyRequest } from '../../core/usecases/documents/copy-job.ts';
import type { PageAddress } from '../../core/usecases/documents/preview-page.ts';
import type { TestPageRequest } from '../../core/usecases/documents/print-test-page.ts';
import type { ConversionSubmission } from '../../core/usecases/documents/submit-conversion.ts';
import type { DocumentSubmission } from '../../core/usecases/documents/submit-document.ts';
import type { UploadSubmission } from '../../core/usecases/documents/submit-upload.ts';
import type { StreamRequest } from '../../core/usecases/events/follow-events.ts';
import type { EventQuery } from '../../core/usecases/events/read-events.ts';
import type { JobAddress } from '../../core/usecases/jobs/get-job.ts';
import type { JobRequest } from '../../core/usecases/jobs/job-request.ts';
import type { Resolution } from '../../core/usecases/jobs/resolve-job.ts';
import type {
  LocationAddress,
  LocationChanges,
  PrinterAddress,
  PrinterChanges,
} from '../../core/usecases/relays/manage-printers.ts';
import type { DirectUploadRequest } from '../../core/usecases/uploads/direct-upload.ts';
import type { EnrolRequest, RenewRequest } from '../../protocol/relay-protocol.ts';
import { decodeBase64 } from '../base64.ts';
import type { HttpRequest } from '../contract.ts';
import { sentDocument } from '../sent-document.ts';
import { conversionOf, httpAddress } from './conversion.ts';
import { bodyOf, queryOf } from './json-body.ts';
import {
  bulk,
  bulkResolution,
  copy,
  enrolment,
  eventQuery,
  invitation,
  jobQuery,
  jobSubmission,
  locationChanges,
  move,
  newKey as newKeySchema,
  pageQuery,
  previewPath,
  previewQuery,
  printerChanges,
  renewal,
  resolution,
  streamOpening,
  streamQuery,
  testPage,
  uploadOpening,
} from './schemas.ts';

/** `Authorization: Bearer` [RFC 6750 2.1], or `x-api-key`. */
export function anyKey({ headers }: HttpRequest): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1] ?? headers['x-api-key'];
}

/**
 * `{printer | printers, name?, options?, user?, tags?, document}`. One job a printer, in their order. The document is
 * here, was uploaded, or has to be fetched or rendered.
 */
export function submissionOf(
  request: HttpRequest,
): DocumentSubmission | UploadSubmission | ConversionSubmission | CheckedSubmission {
  const body = bodyOf(request, jobSubmission);
  const { printer, printers, name, options, user, tags, supersedes, document, output, dryRun } = body;
  refuseBoth({ printer, printers, output });
  const { baseUrl, templateData, tagged, ...sources } = document;
  refuseBoth(sources);
  if (!document.html) refuseAny({ baseUrl, templateData }, 'with "html"');
  if (!document.html && !document.pageUrl) refuseAny({ tagged }, 'with "html" or "pageUrl"');
  const targets = output ? [] : printersIn({ printer, printers });
  const common: Omit<JobRequest, 'name'> & { name?: string } = {
    ...{ name, user, tags, supersedes },
    ...wishesOf(body, request.origin),
    contract: 'platen',
    targets: targets ?? missing('"printer", of the form location:device, or "printers"'),
    template: options ?? {},
    properties: {},
    idempotencyKey: request.headers['idempotency-key'],
  };
  const made = conversionOf(document, common.template);
  if (made && dryRun) return { ...common, document: { conversion: made.conversion } };
  if (made) {
    const making = { ...common, name: common.name ?? made.name, conversion: made.conversion };
    return output ? { ...making, output: outputOf(output, making.name) } : making;
  }
  if (output) throw new PrintError('bad-request', 'An "output" needs a document to make: "url", "html" or "pageUrl".');
  const sent = document.uploadId
    ? { uploadId: document.uploadId }
    : { bytes: decodeBase64(document.base64 || missing(sourceNames), '"document.base64"') };
  return dryRun ? { ...common, document: sent } : { ...common, ...sent };
}

const sourceNames = '"document.base64", "uploadId", "url", "html" or "pageUrl"';

const outputOf = ({ fileName, keepSeconds }: { fileName?: string; keepSeconds: number }, name: string) => ({
  fileName: fileName ?? name,
  keepMilliseconds: keepSeconds * 1000,
  once: false,
});

type Body = z.output<typeof jobSubmission>;

/** When a job is printed and when not, and who is notified of its end. */
function wishesOf(body: Body, origin: string): Pick<JobRequest, 'hold' | 'expires' | 'printBefore' | 'callback'> {
  const { expiresAt, expiresInSeconds, printBefore, holdUntil } = body;
  refuseBoth({ expiresAt, expiresInSeconds });
  if (holdUntil !== undefined && body.hold === false) refuseBoth({ holdUntil, hold: 'false' });
  const until = timeOf(holdUntil);
  const relative = expiresInSeconds === undefined ? undefined : { inMilliseconds: expiresInSeconds * 1000 };
  const at = timeOf(expiresAt);
  return {
    hold: until === undefined ? (body.hold ? {} : undefined) : { until },
    expires: at === undefined ? relative : { at },
    printBefore: timeOf(printBefore),
    callback: body.callback === undefined ? undefined : { url: httpAddress(body.callback, 'callback'), origin },
  };
}

const timeOf = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));

function printersIn({ printer, printers }: { printer?: string; printers?: string[] }) {
  return (printers ?? (printer === undefined ? undefined : [printer]))?.map(printerNamed);
}

export function copyOf(request: HttpRequest): CopyRequest {
  const body = request.body.length === 0 ? {} : bodyOf(request, copy);
  refuseBoth(body);
  return { ...jobAddress(request), targets: printersIn(body), idempotencyKey: request.headers['idempotency-key'] };
}

export const moveOf = (request: HttpRequest) => ({
  ...jobAddress(request),
  target: printerNamed(bodyOf(request, move).printer),
});

function missing(what: string): never {
  throw new PrintError('bad-request', `${what} is missing.`);
}

/** Refuses members that exclude each other, since one of them would be ignored. */
function refuseBoth(members: Record<string, unknown>): void {
  const [one, other] = Object.keys(members).filter(name => members[name] !== undefined && members[name] !== '');
  if (one && other) throw new PrintError('bad-request', `Send "${one}" or "${other}", not both.`);
}

/** Refuses members of the document that its kind would ignore. */
function refuseAny(members: Record<string, unknown>, where: string): void {
  const [name] = Object.keys(members).filter(member => members[member] !== undefined);
  if (name) throw new PrintError('bad-request', `Send "document.${name}" only ${where}.`);
}

/**
 * `POST uploads`: JSON `{octets, name?, sha256?}` asks for addresses to put the parts to, whatever its label says;
 * anything else is the document itself, small enough for one request, with its name in the query.
 */
export function uploadOf(request: HttpRequest): DirectUploadRequest | { bytes: Buffer; name?: string } {
  const type = request.headers['content-type'] ?? '';
  if (/^\s*application\/([\w.+-]+\+)?json\b/i.test(type) || opensUpload(request)) return bodyOf(request, uploadOpening);
  if (/^\s*application\/x-www-form-urlencoded\b/i.test(type)) {
    throw new PrintError(
      'unsupported-media-type',
      'A form is not a document. Send JSON with "Content-Type: application/json", or the document itself with its own type.',
    );
  }
  const { bytes, fileName } = sentDocument(request);
  return { bytes, name: request.query.get('name') || baseName(fileName) };
}

const openingOctetsAtMost = 4096;

/** Clients that do not set the media type send the JSON that opens an upload with another type. */
function opensUpload({ body }: HttpRequest): boolean {
  if (body.length > openingOctetsAtMost || !/^\s*\{/.test(body.toString('utf8', 0, 16))) return false;
  try {
    return 'octets' in JSON.parse(body.toString('utf8').replace(/^\ufeff/, ''));
  } catch {
    // not JSON: a document that begins with a brace
    return false;
  }
}

/** Older programs send a whole path. */
const baseName = (path: string | undefined) => path?.split(/[\\/]/).at(-1) || undefined;

function printerNamed(key: string) {
  const name = parsePrinterKey(key);
  if (name) return name;
  throw new PrintError(
    'bad-value',
    `The printer ${JSON.stringify(key.slice(0, 80))} is not of the form location:device.`,
  );
}

export const jobAddress = ({ parameters }: HttpRequest): JobAddress => ({ id: parameters.job as string });

export function previewOf(request: HttpRequest): PageAddress {
  const page = previewPath.safeParse(request.parameters.page);
  if (!page.success) throw new PrintError('bad-value', 'A page is a number from 1 to 20.');
  return { ...jobAddress(request), page: page.data, width: Number(queryOf(request, previewQuery).width) };
}

export const resolutionOf = (request: HttpRequest): Resolution => ({
  ...jobAddress(request),
  ...bodyOf(request, resolution),
});

export function pageOf(request: HttpRequest) {
  const { since, until, ...page } = queryOf(request, jobQuery);
  return { ...page, since: timeOf(since), until: timeOf(until) };
}

export const listPageOf = (request: HttpRequest) => queryOf(request, pageQuery);

export function eventQueryOf(request: HttpRequest): EventQuery {
  const { wait, ...query } = queryOf(request, eventQuery);
  return { ...query, waitMilliseconds: wait * 1000 };
}

/** `Last-Event-ID` is what a browser sends when it connects again [HTML, server-sent events]. */
export function streamRequestOf(request: HttpRequest): StreamRequest {
  const { named, ...query } = queryOf(request, streamQuery);
  const last = request.headers['last-event-id'];
  const after = last !== undefined && /^\d{1,15}$/.test(last) ? Number(last) : query.after;
  return { ...query, after, key: anyKey(request), isNamed: named === '1' };
}

export const streamOpeningOf = (request: HttpRequest): EventFilter =>
  request.body.length === 0 ? {} : bodyOf(request, streamOpening);

export const bulkCancel = (request: HttpRequest) => bodyOf(request, bulk);
export const bulkResolve = (request: HttpRequest) => bodyOf(request, bulkResolution);

export function newKey(request: HttpRequest): NewKey {
  const { expiresAt, ...key } = bodyOf(request, newKeySchema);
  return { ...key, expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt) };
}

export const uploadAddress = ({ parameters }: HttpRequest) => ({ id: parameters.upload as string });
export const locationAddress = ({ parameters }: HttpRequest) => ({ locationId: parameters.location as string });
export const printerAddress = ({ parameters }: HttpRequest) => printerNamed(parameters.printer as string);

/** `PATCH printers/location:device {active?, name?, notes?, unconfirmedPolicy?}` */
export function printerUpdate(request: HttpRequest): { address: PrinterAddress; changes: PrinterChanges } {
  const { expiresInSeconds, ...changes } = bodyOf(request, printerChanges, [null]);
  const expiry = expiresInSeconds === undefined ? {} : { expiresInSeconds: expiresInSeconds ?? undefined };
  return { address: printerAddress(request), changes: { ...changes, ...expiry } };
}

export const testPageOf = (request: HttpRequest): TestPageRequest => ({
  target: printerAddress(request),
  ...(request.body.length === 0 ? {} : bodyOf(request, testPage)),
  idempotencyKey: request.headers['idempotency-key'],
});

/** `PUT locations/location {name?, active?, notes?}`; without a body it makes the location, if it is not there. */
export function locationUpdate(request: HttpRequest): { address: LocationAddress; changes: LocationChanges } {
  const address = locationAddress(request);
  return { address, changes: request.body.length === 0 ? {} : bodyOf(request, locationChanges, [null]) };
}

export const invitationOf = (request: HttpRequest) => ({
  ...locationAddress(request),
  ...(request.body.length === 0 ? {} : bodyOf(request, invitation)),
});

export const enrolRequest = (request: HttpRequest): EnrolRequest => bodyOf(request, enrolment);

export const renewRequest = (request: HttpRequest): RenewRequest => {
  const { relayId, ...renewed } = bodyOf(request, renewal);
  return { ...renewed, relayId: relayId as RelayId };
};
