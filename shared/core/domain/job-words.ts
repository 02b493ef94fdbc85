import { isAtRelay, isFinal, type Job, type Standing } from './job.ts';
import { keptUntil } from './job-schedule.ts';
import { type Location, type Printer, printerKey } from './printer.ts';
import { conditionOf } from './printer-conditions.ts';
import { inWords } from './system-errors.ts';

/*
 * "Where is my print?", answered from the job's standing and reasons, its printer's state, its relay's presence and its
 * place in the order. One table for all dialects: each shows these words in its own fields.
 */

/** A job with what is known around it. Members are absent when they were not looked up, or do not exist. */
export interface JobView {
  job: Job;
  printer?: Printer;
  location?: Location;
  /** jobs of the printer that come before it */
  ahead?: number;
}

export interface JobWords {
  /** a few words, for a list */
  summary: string;
  /** why, in sentences */
  message?: string;
  /** what happens next, and until when */
  next?: string;
  /** the relay's or printer's own words, where `message` replaces them */
  detail?: string;
}

type Describe = (view: JobView) => JobWords;

const usual: Record<Standing, Describe> = {
  'pending-held/job-incoming': view => ({
    summary: 'waiting for the document',
    next: `The document must arrive by ${end(view)}, or the job expires.`,
  }),
  'pending-held/job-hold-until-specified': view => {
    const { until } = view.job.hold ?? {};
    return {
      summary: 'held',
      message: until === undefined ? 'The job is held until it is released.' : `The job is held until ${time(until)}.`,
      next: `Release it to print it now. It is kept until ${end(view)}.`,
    };
  },
  'pending/job-queued': () => ({ summary: 'queued', next: 'The document is prepared in a moment.' }),
  'processing/job-transforming': () => ({
    summary: 'preparing',
    next: 'It is sent to the printer as soon as it is ready.',
  }),
  'pending/job-fetchable': beforeRelay,
  'processing/queued-in-device': view => ({
    ...(waitingBehind(view) ?? { summary: 'next at the printer' }),
    next: 'The relay has the document and prints it in its turn.',
  }),
  'processing/job-printing': () => ({ summary: 'printing', next: 'It ends when the printer reports that it is done.' }),
  'processing-stopped/printer-stopped': ({ job }) => ({
    summary: 'needs attention',
    message:
      job.reasons.length > 0 ? `${nameOf(job)} has stopped: ${job.reasons.join(', ')}.` : `${nameOf(job)} has stopped.`,
    next: 'It is printed as soon as the printer is ready.',
  }),
  'processing-stopped/delivery-unconfirmed': view => ({
    summary: 'unconfirmed: may have printed',
    message: systemError.test(view.job.message ?? '')
      ? `The connection to ${nameOf(view.job)} broke while the job was sent. It may have printed.`
      : `The job may have printed on ${nameOf(view.job)}: it could not be confirmed.`,
    next: `Look at the printer, then resolve the job as printed or reprint. It waits for that until ${end(view)}.`,
  }),
  'completed/job-completed-successfully': ({ job }) => completed(job),
  'canceled/job-canceled-by-user': ({ job }) =>
    job.supersededBy
      ? { summary: 'replaced', message: `Replaced by the newer job ${job.supersededBy}.` }
      : { summary: 'cancelled', message: 'The job was canceled.' },
  'aborted/aborted-by-system': ({ job }) => {
    const reasons = job.reasons.length > 0 ? `: ${job.reasons.join(', ')}` : '';
    if (job.reasons.includes('backlog-dropped')) {
      return { summary: 'dropped', message: 'The job waited while its printer was away, and was dropped.' };
    }
    if (job.reasons.includes('delivery-unconfirmed')) {
      return { summary: 'failed', message: 'It is unknown whether the job was printed. It may have been printed.' };
    }
    return job.reasons.includes('expired')
      ? { summary: 'expired', message: 'The job expired before it was printed.' }
      : { summary: 'failed', message: `The job failed${reasons}.` };
  },
};

/** The words for a job. The first of these that applies: its end, a decision, a cancel, the relay's absence, the printer. */
export function wordsOf(view: JobView): JobWords {
  const { job } = view;
  const words = isFinal(job) || job.standing === 'processing-stopped/delivery-unconfirmed' ? undefined : special(view);
  const described = words ?? usual[job.standing](view);
  if (!job.message) return described;
  const isReplaced = words?.message !== undefined || systemError.test(job.message);
  if (isReplaced) return { ...described, detail: job.message };
  const message = inWords(job.message);
  return { ...described, message, ...(message === job.message ? {} : { detail: job.message }) };
}

function special(view: JobView): JobWords | undefined {
  const { job, location } = view;
  if (job.cancelRequested) {
    return {
      summary: 'cancelling',
      message: `The cancellation waits for ${nameOf(job)} to confirm it.`,
      next: 'Pages that are out already stay out.',
    };
  }
  if (!isAtRelay(job)) return undefined;
  if (location && !location.online) return relayGone(view);
  return condition(view);
}

/** What keeps the printer from printing this job, unless other jobs come first. */
function condition(view: JobView): JobWords | undefined {
  const { job, printer } = view;
  if (job.standing === 'processing/queued-in-device' && (view.ahead ?? 0) > 0) return undefined;
  const found = conditionOf([...job.reasons, ...(printer?.device?.stateReasons ?? [])]) ?? unreachable(job);
  if (!found) return undefined;
  const address = addressIn(job.message);
  const isOff = found.summary === 'printer off';
  const place = isOff && address ? ` at ${address}` : '';
  const away = isOff && printer?.awaySince !== undefined ? ` It has been away since ${time(printer.awaySince)}.` : '';
  const kept = job.standing === 'processing/job-printing' ? '' : ` The job is kept until ${end(view)}.`;
  return {
    summary: found.summary,
    message: `${nameOf(job)} ${found.sentence.replace('does not answer', `does not answer${place}`)}.${away}`,
    next: `It is printed as soon as the printer is ready again; nothing is lost.${kept}`,
  };
}

/** What Node says of a broken connection: for engineers. */
const systemError =
  /^(?:(?:connect|read|write|shutdown|getaddrinfo) E[A-Z_]+\b|socket hang up|This socket has been ended)/;
/** Node's words for a printer that cannot be reached. */
const networkError =
  /\b(?:ECONNREFUSED|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)\b(?:\s+([\w.:[\]-]+))?/;
const addressIn = (message: string | undefined) => networkError.exec(message ?? '')?.[1];
const unreachable = ({ message }: Job) => (networkError.test(message ?? '') ? conditionOf(['offline']) : undefined);

function relayGone({ job, location }: JobView): JobWords {
  return {
    summary: 'waiting for the site',
    message: `The relay at ${location?.locationId} is offline${since(location)}. It has the document of this job.`,
    next: `What became of the job is known when the relay is back.${job.standing === 'processing/job-printing' ? ' It may be printing.' : ''}`,
  };
}

function beforeRelay(view: JobView): JobWords {
  const { job, location } = view;
  const next = `The job is kept until ${end(view)}.`;
  if (location && !location.relayId) {
    const message = `Location ${location.locationId} has no relay yet. Enrol one to print there.`;
    return { summary: 'waiting for the site', message, next };
  }
  if (location && !location.online) {
    const message = `The relay at ${location.locationId} is offline${since(location)}.`;
    return { summary: 'waiting for the site', message, next: `It prints as soon as the relay is back. ${next}` };
  }
  const behind = waitingBehind(view);
  if (behind) return { ...behind, next };
  const found = conditionOf([...job.reasons, ...(view.printer?.device?.stateReasons ?? [])]);
  if (found) return { summary: found.summary, message: `${nameOf(job)} ${found.sentence}.`, next };
  return { summary: 'waiting for the site', message: 'The relay is about to fetch the job.', next };
}

function waitingBehind({ job, printer, ahead = 0 }: JobView): JobWords | undefined {
  if (ahead === 0) return undefined;
  const found = conditionOf(printer?.device?.stateReasons ?? []);
  const summary = `waiting for ${ahead} ${ahead === 1 ? 'job' : 'jobs'} ahead`;
  return found
    ? { summary: `${summary} (${found.summary})`, message: `${nameOf(job)} ${found.sentence}.` }
    : { summary };
}

function completed({ output, warnings = [] }: Job): JobWords {
  const message = warnings.length > 0 ? warnings.join(' ') : undefined;
  if (!output) return { summary: 'printed', message };
  if (output.collectedAt) return { summary: 'collected', message };
  if (output.discardedAt) return { summary: 'never collected', message: 'The file was never collected.' };
  return {
    summary: 'ready',
    message,
    next: output.collectBy ? `It can be collected until ${time(output.collectBy)}.` : undefined,
  };
}

const nameOf = ({ printer }: Job) => (printer ? printerKey(printer) : 'The job');
const time = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
const end = ({ job }: JobView) => time(keptUntil(job));
const since = (location: Location | undefined) =>
  location?.lastSeenAt === undefined ? '' : ` since ${time(location.lastSeenAt)}`;
