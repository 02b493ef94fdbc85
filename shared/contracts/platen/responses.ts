import { type Key, keyIdOf, type ListedKey } from '../../core/domain/company.ts';
import type { LoggedEvent } from '../../core/domain/event.ts';
import { type Job, stateOf } from '../../core/domain/job.ts';
import type { JobTrace } from '../../core/domain/job-trace.ts';
import type { JobView } from '../../core/domain/job-words.ts';
import { type Location, type Printer, printerKey } from '../../core/domain/printer.ts';
import { jobRecord, locationRecord, timeText, uploadRecord } from '../../core/domain/records.ts';
import type { UploadSession } from '../../core/domain/upload-session.ts';
import type { SubmissionCheck } from '../../core/usecases/documents/check-submission.ts';
import type { StreamPart } from '../../core/usecases/events/follow-events.ts';
import type { EventPage } from '../../core/usecases/events/read-events.ts';
import type { BulkResult } from '../../core/usecases/jobs/for-each-job.ts';
import type { JobPage } from '../../core/usecases/jobs/list-jobs.ts';
import type { LocationView } from '../../core/usecases/relays/manage-printers.ts';
import type { RelayView } from '../../core/usecases/relays/remove-places.ts';
import type { DirectUploadView } from '../../core/usecases/uploads/direct-upload.ts';
import type { EnrolAnswer } from '../../protocol/relay-protocol.ts';
import type { HttpResponse } from '../contract.ts';
import { cutPage, type PageQuery } from './pages.ts';
import { problemJson } from './problem.ts';

export const json = (body: object, status = 200): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export const png = (bytes: Uint8Array): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'image/png', 'cache-control': 'private, no-store' },
  body: bytes,
});

/** A page without scripts that loads nothing. */
export const html = (body: string): HttpResponse => ({
  status: 200,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  },
  body,
});

/** The body of an event is in the log as text, and is not parsed for this. */
export const eventText = ({ id, body }: LoggedEvent) => `{"id":"${id}",${body.slice(1)}`;

export function eventsJson(page: EventPage): HttpResponse {
  if ('gone' in page) return goneJson(page.gone.oldest);
  const { events, next, more } = page;
  const body = `{"events":[${events.map(eventText).join()}],"next":${next},"more":${more}}`;
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

export const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // a proxy that collects the answer would hold back what it is for [nginx, X-Accel-Buffering]
  'x-accel-buffering': 'no',
};

/** How long a browser waits before it connects again. */
export const streamStart = 'retry: 250\n\n';
const goneText = ({ oldest }: { oldest: number }) => `event: gone\ndata: {"oldest":${oldest}}\n\n`;
/** Without data it moves the number to go on from and is no message. */
export const positionText = (next: number) => `id: ${next}\n\n`;

/** A part of a stream of server-sent events. */
export function streamText({ events, next, gone }: StreamPart, isNamed: boolean): string {
  const messages = events.map(event => {
    const name = isNamed ? `event: ${event.type}\n` : '';
    return `id: ${event.sequence}\n${name}data: ${eventText(event)}\n\n`;
  });
  const isPast = events.at(-1)?.sequence === next;
  return [gone ? goneText(gone) : '', ...messages, isPast ? '' : positionText(next)].join('');
}

export const streamPart = (part: StreamPart, isNamed: boolean): HttpResponse => ({
  status: 200,
  headers: streamHeaders,
  body: streamStart + streamText(part, isNamed),
});

export const ticketJson = ({ ticket, expiresAt }: { ticket: string; expiresAt: number }, origin: string) =>
  json({ url: `${origin}/platen/v1/events/stream?ticket=${ticket}`, expiresAt: timeText(expiresAt) }, 201);

function goneJson(oldest: number): HttpResponse {
  const message = `Events after this number are missing from the log. The oldest event that is kept has number ${oldest}.`;
  const refusal = problemJson({ code: 'gone', message });
  const problem = JSON.parse(refusal.body as string);
  return { ...refusal, body: JSON.stringify({ ...problem, error: { ...problem.error, oldest } }) };
}

export const nothingJson = () => json({});

export const jobJson = (view: JobView) => json(jobRecord(view));
/** The body of a callback. */
export const endJson = (job: Job) => JSON.stringify(jobRecord({ job }));

export const shareLinkJson = ({ token, expiresAt }: { token: string; expiresAt: number }) =>
  json({ token, expiresAt: timeText(expiresAt) }, 201);

/** Without ids, which permit downloads in older dialects, and without names of keys and people. */
export function sharedJobJson({ view, expiresAt }: { view: JobView; expiresAt: number }): HttpResponse {
  const { printer, name, state, reasons, summary, message, next, attempt, submittedAt, endedAt, history } =
    jobRecord(view);
  return json({
    ...{ printer, name, state, reasons, summary, next, attempt, submittedAt, endedAt },
    message: view.job.supersededBy ? 'A newer job replaced it.' : message,
    history: history.map(({ at, state, reasons }) => ({ at, state, reasons })),
    sharedUntil: timeText(expiresAt),
  });
}

export const traceJson = ({ job, milliseconds, stages }: JobTrace) =>
  json({
    id: job.id,
    state: stateOf(job),
    submittedAt: timeText(job.submittedAt),
    endedAt: timeText(job.endedAt),
    milliseconds,
    stages: stages.map(stage => ({ ...stage, from: timeText(stage.from), until: timeText(stage.until) })),
  });

export const submissionCheckJson = ({ printers, ...found }: SubmissionCheck) =>
  json({
    ...found,
    printers: printers.map(({ printer, substitutions }) => {
      const { state, stateReasons } = printerRecord(printer);
      return { printer: printerKey(printer), state, stateReasons, substitutions };
    }),
  });

export const bulkJson = (results: BulkResult[]) =>
  json({
    results: results.map(result =>
      'job' in result
        ? { id: result.job.id, job: jobRecord({ job: result.job }) }
        : { id: result.id, error: { code: result.error.code, message: result.error.message } },
    ),
  });
export const createdJson = (jobs: Job[]) => json({ jobs: jobs.map(job => jobRecord({ job })) }, 201);
export const jobsJson = ({ views, next }: JobPage) => json({ jobs: views.map(jobRecord), next });

export const sessionJson = (session: UploadSession, status = 200) => json(uploadRecord(session), status);

/** The present parts, and addresses of the first missing ones: PUT only the octets there. */
export function uploadJson({ session, present, etags, addresses, addressesExpireAt }: DirectUploadView, status = 200) {
  const parts = { partOctets: session.direct?.partOctets, present, etags, missing: addresses };
  return json({ ...uploadRecord(session), ...parts, addressesExpireAt: timeText(addressesExpireAt) }, status);
}

function printerRecord(printer: Printer) {
  const { lastBacklog } = printer;
  return {
    printer: printerKey(printer),
    name: printer.name,
    active: printer.active,
    notes: printer.notes,
    unconfirmedPolicy: printer.unconfirmedPolicy,
    expiresInSeconds: printer.expiresInSeconds,
    backlogPolicy: printer.backlogPolicy ?? 'all',
    stateSince: timeText(printer.stateSince),
    awaySince: timeText(printer.awaySince),
    lastBacklog: lastBacklog && {
      ...lastBacklog,
      from: timeText(lastBacklog.from),
      until: timeText(lastBacklog.until),
    },
    state: printer.device?.state ?? 'unknown',
    stateReasons: printer.device?.stateReasons ?? [],
    attributes: printer.device?.attributes ?? {},
  };
}

export const printerJson = (printer: Printer) => json(printerRecord(printer));
export const identifiedJson = (identified: { printer: string; actions: string[] }) => json(identified, 202);
export function printersJson(printers: Printer[], page: PageQuery): HttpResponse {
  const { records, next } = cutPage(printers.map(printerRecord), ({ printer }) => printer, page);
  return json({ printers: records, next });
}

export function locationJson({ location, printers }: LocationView, page: PageQuery): HttpResponse {
  const { records, next } = cutPage(printers.map(printerRecord), ({ printer }) => printer, page);
  return json({ ...locationRecord(location), printers: records, next });
}
export function locationsJson(locations: Location[], page: PageQuery): HttpResponse {
  const { records, next } = cutPage(locations.map(locationRecord), ({ location }) => location, page);
  return json({ locations: records, next });
}

export const relaysJson = (rows: RelayView[]) =>
  json({
    relays: rows.map(({ relay, role, connection, since }) => ({
      relay: relay.relayId,
      location: relay.locationId,
      role,
      since: timeText(since),
      online: connection.online,
      createdAt: timeText(relay.createdAt),
      lastSeen: timeText(connection.lastSeenAt),
    })),
  });

const keyRecord = (key: ListedKey) => ({
  id: keyIdOf(key),
  name: key.name,
  scopes: key.scopes,
  createdAt: timeText(key.createdAt),
  expiresAt: timeText(key.expiresAt),
  lastUsedAt: timeText(key.lastUsedAt),
});
export const keysJson = (keys: ListedKey[]) => json({ keys: keys.map(keyRecord) });
export const newKeyJson = ({ secret, key }: { secret: string; key: Key }) =>
  json({ ...keyRecord(key), key: secret }, 201);

export const codeJson = ({ code, expiresAt }: { code: string; expiresAt: number }) =>
  json({ code, expiresAt: timeText(expiresAt) }, 201);

export const enrolJson = (answer: EnrolAnswer) => json(answer, 201);
