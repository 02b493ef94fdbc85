import { truncate } from '../../shared/ipp/attributes.ts';
import { isSuccess, type StatusName, statusCodes, statusName } from '../../shared/ipp/tags.ts';
import type { IppAnswer, IppClient } from '../ipp-client/client.ts';
import { type Document, IppExchangeError } from '../ipp-client/exchange.ts';
import type { DeviceTimes } from './device-options.ts';
import { type Fate, type Followed, follow } from './ipp-follow.ts';
import { findJobs, isFinal, type JobView, readJob } from './ipp-job-view.ts';
import { type Plan, preflight, preflightAttributes } from './ipp-preflight.ts';
import { type PrinterView, statusAttributes, viewPrinter } from './ipp-printer-view.ts';
import { newsOnly, progressOf } from './ipp-progress.ts';
import { deviceJobName, type PrintOutcome, type PrintRequest } from './output-device.ts';
import { growingPauses, pause } from './pause.ts';

/**
 * One document to one IPP printer: ask, journal, Create-Job, journal, Send-Document, journal, follow. Each step
 * knows what a failure in it means: before the first octet of the document nothing can be on paper, after it
 * nobody knows but the printer, and after its acceptance the printer's word counts.
 */
interface Printing {
  client: IppClient;
  times: DeviceTimes;
  document: Document;
  request: PrintRequest;
  token: string;
  jobName: string;
  printer: PrinterView;
  plan: Plan;
}

export async function printIpp(
  client: IppClient,
  times: DeviceTimes,
  document: Document,
  given: PrintRequest,
): Promise<PrintOutcome> {
  const request = { ...given, progress: newsOnly(given.progress) };
  const { ticket, signal } = request;
  const printer = await viewPrinter(client, preflightAttributes, signal).catch(asError);
  if (signal.aborted) return canceledUnsent;
  if (printer instanceof Error) return { kind: 'retry', reasons: ['offline'], message: printer.message };
  const plan = preflight(ticket, printer);
  if ('kind' in plan) return plan;

  const token = deviceJobName(ticket);
  const printing = { client, times, document, request, token, jobName: jobNameOf(request), printer, plan };
  await request.step({ step: 'submitting', jobName: token, printerUuid: printer.uuid });
  if (signal.aborted) return canceledUnsent;
  const job = await createJob(printing);
  if ('kind' in job) return job;
  const known = { jobName: token, printerUuid: printer.uuid, printerJobId: job.id, printerJobUuid: job.uuid };
  await request.step({ step: 'created', ...known });
  const sent = await sendDocument(printing, job);
  if ('kind' in sent) return sent;
  await request.step({ step: 'sent', ...known });
  const fate = await follow({ ...followedBy(printing, job), isAccepted: true, seen: sent.seen });
  return withNotOffered(outcomeOf(fate, ['aborted-by-system']), plan);
}

const canceledUnsent: PrintOutcome = { kind: 'canceled', message: 'canceled before the document was sent' };

/** name(MAX) is 255 octets, and the token must survive printers that keep fewer [RFC 8011 5.1.3]. */
function jobNameOf({ ticket }: PrintRequest): string {
  const duplicate = ticket.possibleDuplicate ? ' (possible duplicate)' : '';
  return truncate(`${deviceJobName(ticket)}${duplicate} ${ticket.name}`.trimEnd(), 255);
}

type Created = Pick<JobView, 'id' | 'uuid'>;

async function createJob(printing: Printing): Promise<Created | PrintOutcome> {
  const { client, jobName, plan } = printing;
  const create = (template: Plan['template']) => client.createJob({ jobName, template }).catch(asError);
  let answer = await create(plan.template);
  const isTemplateRefused =
    !(answer instanceof Error) && answer.status === statusCodes['client-error-attributes-or-values-not-supported'];
  // a printer that lists more than it takes: a job as the printer does by default is better than none
  if (isTemplateRefused && plan.template.length > 0) {
    plan.notOffered.push(...plan.template.map(attribute => attribute.name));
    answer = await create([]);
  }
  if (answer instanceof Error) {
    // the request may have come through: leave no empty job behind
    const isSent = answer instanceof IppExchangeError && answer.sent !== 'nothing';
    if (isSent) await cancelStrays(printing);
    return { kind: 'retry', reasons: ['offline'], message: answer.message };
  }
  if (!isSuccess(answer.status)) return refusal(answer);
  const job = readJob(answer.jobs[0] ?? []);
  if (job) return job;
  await cancelStrays(printing);
  return { kind: 'aborted', reasons: ['aborted-by-system'], message: 'the printer made a job and did not say which' };
}

async function cancelStrays({ client, token }: Printing): Promise<void> {
  const strays = await findJobs(client, token).catch(() => []);
  for (const stray of strays.filter(job => !isFinal(job))) await client.cancelJob(stray.id).catch(() => undefined);
}

async function sendDocument(printing: Printing, job: Created): Promise<{ seen: JobView | undefined } | PrintOutcome> {
  const { client, document, plan, request } = printing;
  const { signal } = request;
  const isOver = new AbortController();
  const watching = watch(printing, isOver.signal);
  const sending = client.sendDocument({ jobId: job.id, format: plan.format, document, signal });
  const answer = await sending.catch(asError).finally(() => isOver.abort());
  await watching;
  if (!(answer instanceof Error) && isSuccess(answer.status)) return { seen: readJob(answer.jobs[0] ?? []) };

  if (answer instanceof IppExchangeError && answer.sent === 'nothing') {
    await client.cancelJob(job.id).catch(() => undefined); // else the printer's own time-out ends it
    return signal.aborted ? canceledUnsent : { kind: 'retry', reasons: ['offline'], message: answer.message };
  }
  // all octets went out, the answer did not come back: the job may be good, let it print
  const isAllSent = answer instanceof IppExchangeError && answer.sent === 'all';
  const fate = await follow({ ...followedBy(printing, job), isAccepted: false, isWithdrawn: !isAllSent });
  if (answer instanceof Error) return outcomeOf(withCause(fate, answer.message), ['submission-interrupted']);
  return fate.kind === 'not-sent' || isDocumentAtFault(answer) ? refusal(answer) : withCause(fate, answer.message);
}

/** Says how the printer is while it takes the document, which may be long: it stops reading when paper runs out. */
async function watch({ client, request, times }: Printing, over: AbortSignal): Promise<void> {
  request.progress(progressOf(undefined, undefined));
  await pause(times.pollMilliseconds, over);
  for (const milliseconds of growingPauses(times.pollMilliseconds)) {
    if (over.aborted) return;
    const printer = await viewPrinter(client, statusAttributes, over).catch(() => undefined);
    if (printer && !over.aborted) request.progress(progressOf(undefined, printer));
    await pause(milliseconds, over);
  }
}

function followedBy({ client, times, token, printer, request }: Printing, job: Created): Omit<Followed, 'isAccepted'> {
  const { progress, signal } = request;
  return { client, times, token, jobId: job.id, jobUuid: job.uuid, before: printer, progress, signal };
}

/** refusals of the moment; nothing was printed and the same job may be taken later [RFC 8011 appendix B.1.5] */
const passing: StatusName[] = [
  'server-error-service-unavailable',
  'server-error-temporary-error',
  'server-error-not-accepting-jobs',
  'server-error-busy',
  // the job that was made for the document is gone, timed out or canceled unprocessed: make another
  'client-error-not-possible',
  'client-error-timeout',
  'client-error-not-found',
  'client-error-gone',
  'server-error-job-canceled',
];

const faults = new Map<number, string>([
  [statusCodes['client-error-document-format-not-supported'], 'document-format-error'],
  [statusCodes['client-error-document-format-error'], 'document-format-error'],
  [statusCodes['client-error-document-access-error'], 'document-access-error'],
  [statusCodes['client-error-request-entity-too-large'], 'aborted-by-system'],
]);

const isDocumentAtFault = ({ status }: IppAnswer) => faults.has(status);

function refusal({ status, message }: IppAnswer): PrintOutcome {
  const isPassing = passing.some(name => statusCodes[name] === status);
  if (isPassing) return { kind: 'retry', reasons: [statusName(status)], message };
  return { kind: 'aborted', reasons: [faults.get(status) ?? 'aborted-by-system'], message };
}

function outcomeOf(fate: Fate, reasons: string[]): PrintOutcome {
  return fate.kind === 'not-sent' ? { kind: 'retry', reasons, message: fate.message } : fate;
}

function withCause<F extends Fate>(fate: F, cause: string): F {
  return fate.kind === 'unconfirmed' ? { ...fate, message: `${cause}; ${fate.message}` } : fate;
}

function withNotOffered(outcome: PrintOutcome, { notOffered }: Plan): PrintOutcome {
  if (outcome.kind !== 'completed' || notOffered.length === 0) return outcome;
  const message = [outcome.message, `the printer does not offer ${notOffered.join(', ')}`].filter(Boolean).join('; ');
  return { ...outcome, message };
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));
