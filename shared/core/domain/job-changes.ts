import type { EventType, NewEvent } from './event.ts';
import { allReasonsOf, type Job, type Standing, stateOf } from './job.ts';
import { printerKey } from './printer.ts';
import { jobRecordWithoutHistory } from './records.ts';

/** The event of a standing that was entered. Ends that depend on more than that are in `endOf`. */
const entered: Partial<Record<Standing, EventType>> = {
  'pending-held/job-hold-until-specified': 'job.held',
  'pending/job-queued': 'job.queued',
  'pending/job-fetchable': 'job.queued',
  'processing/job-transforming': 'job.rendering',
  'processing/queued-in-device': 'job.at_relay',
  'processing/job-printing': 'job.printing',
  'processing-stopped/printer-stopped': 'job.attention',
  'processing-stopped/delivery-unconfirmed': 'job.unconfirmed',
  'canceled/job-canceled-by-user': 'job.canceled',
};

/**
 * The event of a job's change; none when the change is invisible to clients, such as a new deadline or a resent message.
 * Derived from the two records alone, wherever and however often they are compared.
 */
export function eventsBetween(before: Job | undefined, after: Job): NewEvent[] {
  const type = before ? typeOf(before, after) : 'job.created';
  if (!type) return [];
  const { id, companyId, printer, updatedAt, version } = after;
  const data = {
    job: shortRecord(after),
    previous: before && { state: stateOf(before), reasons: allReasonsOf(before) },
    ...(type === 'job.completed' ? { confirmedBy: before && isResolved(before, after) ? 'person' : 'printer' } : {}),
  };
  const place = printer && printerKey(printer);
  return [{ companyId, type, at: updatedAt, subject: id, subjectVersion: version, place, data }];
}

function typeOf(before: Job, after: Job): EventType | undefined {
  if (after.attempt > before.attempt) return 'job.reprinted';
  if (after.standing !== before.standing) return entered[after.standing] ?? endOf(after);
  const isStopped = after.standing === 'processing-stopped/printer-stopped';
  if (isStopped && after.reasons.join() !== before.reasons.join()) return 'job.attention';
  if (after.cancelRequested && !before.cancelRequested && !after.isExpiring) return 'job.cancel_requested';
  if (after.output?.collectedAt && !before.output?.collectedAt) return 'job.collected';
  return undefined;
}

function endOf({ standing, printer, reasons }: Job): EventType | undefined {
  if (standing === 'completed/job-completed-successfully') return printer ? 'job.completed' : 'job.ready';
  if (standing === 'aborted/aborted-by-system') return reasons.includes('expired') ? 'job.expired' : 'job.failed';
  return undefined;
}

/** A person ended an unconfirmed job; otherwise a report did, and it has a higher number. */
const isResolved = (before: Job, after: Job) =>
  before.standing === 'processing-stopped/delivery-unconfirmed' && after.reportSequence === before.reportSequence;

const textCharacters = 1000;
const nameCharacters = 255;
const listed = 10;
const cut = (text: string | undefined, characters = textCharacters) => text?.slice(0, characters);

/** The record without its history, and small enough for a receiver of webhooks [Standard Webhooks, "Payload size"]. */
function shortRecord(job: Job): object {
  const record = jobRecordWithoutHistory({ job });
  return {
    ...record,
    name: cut(record.name, nameCharacters),
    message: cut(record.message),
    detail: cut(record.detail),
    reasons: record.reasons.slice(0, listed),
    warnings: record.warnings?.slice(0, listed).map(warning => cut(warning)),
  };
}
