import type { PrintError, PrintErrorCode } from '../../core/domain/errors.ts';
import { allReasonsOf, type Job, type Standing, stateOf } from '../../core/domain/job.ts';
import { type Printer, printerKey } from '../../core/domain/printer.ts';
import type { UploadSession } from '../../core/domain/upload-session.ts';
import type { JobPage } from '../../core/usecases/jobs/list-jobs.ts';
import type { LocationView } from '../../core/usecases/relays/manage-printers.ts';
import type { DirectUploadView } from '../../core/usecases/uploads/direct-upload.ts';
import type { EnrolAnswer } from '../../protocol/relay-protocol.ts';
import { challengeFor } from '../challenge.ts';
import type { HttpResponse } from '../contract.ts';

const json = (body: object, status = 200): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const statusOf: Record<PrintErrorCode, number> = {
  'bad-request': 400,
  'bad-value': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'printer-not-accepting': 409,
  'document-format-error': 422,
  'document-password-error': 422,
  'document-permission-error': 422,
  'bad-page-range': 422,
  'page-out-of-range': 422,
  'document-missing-bytes': 409,
  'document-access-error': 422,
  'document-access-denied': 422,
  'bad-address': 422,
  'bad-content': 422,
  'bad-options': 400,
  'bad-template': 422,
  'too-large': 413,
  'too-many': 400,
  'credits-spent': 402,
  conflict: 409,
  'idempotency-key-reused': 422,
  timeout: 408,
  'unsupported-media-type': 415,
  unsupported: 501,
  internal: 500,
};

/** `{error: {code, message}}` */
export function errorJson(error: PrintError): HttpResponse {
  const refusal = json({ error: { code: error.code, message: error.message } }, statusOf[error.code]);
  return { ...refusal, headers: { ...refusal.headers, ...challengeFor(error, 'Bearer') } };
}

export function unknownRoute(allow: string[]): HttpResponse {
  if (allow.length === 0) return json({ error: { code: 'not-found', message: 'There is nothing at this path.' } }, 404);
  const message = `This path works with ${allow.join(', ')} only.`;
  const refusal = json({ error: { code: 'bad-request', message } }, 405);
  return { ...refusal, headers: { ...refusal.headers, allow: allow.join(', ') } };
}

/** What is told of a job in a word for people, by where it stands. */
const summaries: Record<Standing, (job: Job) => string> = {
  'pending-held/job-incoming': () => 'waiting for the document',
  'pending/job-queued': () => 'queued',
  'processing/job-transforming': () => 'rendering',
  'pending/job-fetchable': () => 'waiting for relay',
  'processing/queued-in-device': () => 'at the relay',
  'processing/job-printing': () => 'printing',
  'processing-stopped/printer-stopped': () => 'needs attention',
  'processing-stopped/delivery-unconfirmed': () => 'unconfirmed: may have printed',
  'completed/job-completed-successfully': job =>
    job.output ? (job.output.collectedAt ? 'collected' : 'ready') : 'printed',
  'canceled/job-canceled-by-user': () => 'cancelled',
  'aborted/aborted-by-system': job => (job.reasons.includes('expired') ? 'expired' : 'failed'),
};

function jobRecord(job: Job) {
  return {
    id: job.id,
    printer: job.printer && printerKey(job.printer),
    name: job.name,
    state: stateOf(job),
    reasons: allReasonsOf(job),
    summary: summaries[job.standing](job),
    message: job.message,
    cancelRequested: job.cancelRequested,
    attempt: job.attempt,
    octets: job.document?.octets,
    format: job.document?.format,
    pageCount: job.pageCount,
    warnings: job.warnings,
    submittedAt: timeText(job.submittedAt),
    receivedAt: timeText(job.receivedAt),
    endedAt: timeText(job.endedAt),
    history: job.history.map(({ at, standing, reasons }) => {
      const entry = { standing, reasons };
      return { at: timeText(at), state: stateOf(entry), reasons: allReasonsOf(entry) };
    }),
  };
}

const timeText = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

export const jobJson = (job: Job) => json(jobRecord(job));
export const jobsJson = ({ jobs, next }: JobPage, status = 200) => json({ jobs: jobs.map(jobRecord), next }, status);

function sessionRecord(session: UploadSession) {
  const { id, name, state, octets, direct, document, expiresAt } = session;
  return {
    id,
    name,
    state,
    octets: octets ?? direct?.octets,
    format: document?.format,
    sha256: document?.sha256 ?? direct?.sha256,
    expiresAt: timeText(expiresAt),
  };
}

export const sessionJson = (session: UploadSession, status = 200) => json(sessionRecord(session), status);

/** Parts that are there, and addresses for the first of those that are not: PUT the octets, nothing else. */
export function uploadJson({ session, present, etags, addresses, addressesExpireAt }: DirectUploadView, status = 200) {
  const parts = { partOctets: session.direct?.partOctets, present, etags, missing: addresses };
  return json({ ...sessionRecord(session), ...parts, addressesExpireAt: timeText(addressesExpireAt) }, status);
}

function printerRecord(printer: Printer) {
  return {
    printer: printerKey(printer),
    name: printer.name,
    active: printer.active,
    notes: printer.notes,
    unconfirmedPolicy: printer.unconfirmedPolicy,
    state: printer.device?.state ?? 'unknown',
    stateReasons: printer.device?.stateReasons ?? [],
    attributes: printer.device?.attributes ?? {},
  };
}

export const printerJson = (printer: Printer) => json(printerRecord(printer));
export const printersJson = (printers: Printer[]) => json({ printers: printers.map(printerRecord) });

export function locationJson({ location, printers }: LocationView): HttpResponse {
  const { locationId, name, active, online, lastSeenAt } = location;
  const lastSeen = timeText(lastSeenAt);
  return json({ location: locationId, name, active, online, lastSeen, printers: printers.map(printerRecord) });
}

export const codeJson = ({ code, expiresAt }: { code: string; expiresAt: number }) =>
  json({ code, expiresAt: timeText(expiresAt) }, 201);

export const enrolJson = (answer: EnrolAnswer) => json(answer, 201);
