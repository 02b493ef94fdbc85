import { allReasonsOf, isFinal, stateOf } from './job.ts';
import { type JobView, wordsOf } from './job-words.ts';
import { type Location, type Printer, printerKey } from './printer.ts';
import type { UploadSession } from './upload-session.ts';

/**
 * Jobs, uploads and locations as Platen's own dialect shows them, and printers as events do. They are part of the domain, since
 * stores write them into the event log in the transaction of the change.
 */

export function jobRecord(view: JobView) {
  const history = view.job.history.map(entry => {
    const { at, message, actor } = entry;
    return { at: timeText(at), state: stateOf(entry), reasons: allReasonsOf(entry), message, actor };
  });
  return { ...jobRecordWithoutHistory(view), history };
}

/** For events, which are many. */
export function jobRecordWithoutHistory(view: JobView) {
  const { job } = view;
  const { summary, message, next, detail } = wordsOf(view);
  return {
    id: job.id,
    printer: job.printer && printerKey(job.printer),
    name: job.name,
    user: job.user,
    tags: job.tags,
    dialect: job.contract,
    copyOf: job.copyOf,
    supersedes: job.supersedes,
    supersededBy: job.supersededBy,
    expiresAt: timeText(job.expiresAt),
    printBefore: timeText(job.printBefore),
    hold: isFinal(job) ? undefined : job.hold && { until: timeText(job.hold.until) },
    output: job.output && { fileName: job.output.fileName, collectBy: timeText(job.output.collectBy) },
    state: stateOf(job),
    reasons: allReasonsOf(job),
    summary,
    message,
    next,
    detail,
    cancelRequested: job.cancelRequested,
    attempt: job.attempt,
    octets: job.document?.octets,
    format: job.document?.format,
    pageCount: job.pageCount,
    warnings: job.warnings,
    submittedAt: timeText(job.submittedAt),
    receivedAt: timeText(job.receivedAt),
    endedAt: timeText(job.endedAt),
  };
}

/** Without its attributes, which may have hundreds of names of media. */
export function printerRecord(printer: Printer) {
  const { name, active, unconfirmedPolicy, device } = printer;
  return {
    printer: printerKey(printer),
    ...{ name, active, unconfirmedPolicy },
    state: device?.state ?? 'unknown',
    stateReasons: device?.stateReasons ?? [],
  };
}

export function uploadRecord({ id, name, state, octets, direct, document, expiresAt }: UploadSession) {
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

export function locationRecord({
  locationId,
  name,
  active,
  online,
  lastSeenAt,
  relayId,
  activeSince,
  ...rest
}: Location) {
  const { standby } = rest;
  return {
    location: locationId,
    ...{ name, active, online },
    lastSeen: timeText(lastSeenAt),
    relay: relayId,
    activeSince: timeText(activeSince),
    standby: standby && {
      relay: standby.relayId,
      online: standby.online,
      lastSeen: timeText(standby.lastSeenAt),
      since: timeText(standby.since),
    },
  };
}

export const timeText = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
