import { open, rm } from 'node:fs/promises';
import { truncate } from '../../shared/ipp/attributes.ts';
import { isSuccess, type StatusName, statusCodes, statusName } from '../../shared/ipp/tags.ts';
import { makeDocument } from '../documents/make-document.ts';
import type { IppAnswer, IppClient } from '../ipp-client/client.ts';
import { reasonOf } from '../ipp-client/errors.ts';
import { type Document, IppExchangeError } from '../ipp-client/exchange.ts';
import type { DeviceTimes } from './device-options.ts';
import { type Fate, type Followed, follow } from './ipp-follow.ts';
import { findJobs, isFinal, type JobView, readJob } from './ipp-job-view.ts';
import { type Plan, preflight } from './ipp-preflight.ts';
import type { PrinterMemory } from './ipp-printer-memory.ts';
import { type PrinterView, statusAttributes, viewPrinter } from './ipp-printer-view.ts';
import { newsOnly, progressOf } from './ipp-progress.ts';
import { type DeviceStep, type PrintOutcome, type PrintRequest, partJobName } from './output-device.ts';
import { growingPauses, pause } from './pause.ts';

/**
 * One document to one IPP printer: ask, journal, Create-Job, journal, Send-Document, journal, follow. Each step
 * knows what a failure in it means: before the first octet of the document nothing can be on paper, after it
 * only the printer knows, and after its acceptance the printer's report counts.
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
  given: PrintRequest,
  memory: PrinterMemory,
): Promise<PrintOutcome> {
  const request = { ...given, progress: newsOnly(given.progress) };
  const { ticket, signal } = request;
  const printer = await memory.view(client, signal).catch(asError);
  if (signal.aborted) return canceledUnsent;
  if (printer instanceof Error) return { kind: 'retry', ...reasonOf(printer) };
  const plan = preflight(ticket, printer);
  if ('kind' in plan) return plan;

  const made = plan.making ? await makeDocument(plan.making, request.path, signal).catch(asError) : undefined;
  if (signal.aborted) return canceledUnsent;
  if (made instanceof Error) return { kind: 'aborted', reasons: ['document-format-error'], message: made.message };
  try {
    const outcome = await printParts({ client, times, request, printer, plan }, made ?? [request.path]);
    if (outcome.kind === 'retry') memory.forgetState();
    return withNotOffered(outcome, plan);
  } finally {
    for (const path of made ?? []) await rm(path, { force: true });
  }
}

type Whole = Pick<Printing, 'client' | 'times' | 'request' | 'printer' | 'plan'>;

/** A page for each job, or the same document several times: one after another, and counted in the journal. */
async function printParts(whole: Whole, paths: string[]): Promise<PrintOutcome> {
  const { request, plan } = whole;
  const copies = paths.length * plan.repeats;
  let outcome: PrintOutcome = { kind: 'completed' };
  for (let done = request.copiesDone ?? 0; done < copies && outcome.kind === 'completed'; done++) {
    outcome = await printPart(whole, paths[done % paths.length] as string, done, copies);
    const isOneOfMany = outcome.kind !== 'completed' && copies > 1;
    if (isOneOfMany) outcome = { ...outcome, message: `${outcome.message ?? ''} (${done + 1} of ${copies})`.trim() };
  }
  return outcome;
}

async function printPart(whole: Whole, path: string, done: number, copies: number): Promise<PrintOutcome> {
  const { request } = whole;
  const counted = copies > 1 ? { copies, copiesDone: done } : {};
  const file = await open(path); // before the printer gets a job that has no document
  try {
    const document: Document = { file, octets: (await file.stat()).size };
    const token = partJobName(request.ticket, done);
    const step = (next: DeviceStep) => request.step({ ...next, ...counted });
    const jobName = jobNameOf(request.ticket, token);
    return await submit({ ...whole, document, request: { ...request, step }, token, jobName });
  } finally {
    await file.close();
  }
}

async function submit(printing: Printing): Promise<PrintOutcome> {
  const { request, token, printer, plan } = printing;
  await request.step({ step: 'submitting', jobName: token, printerUuid: printer.uuid });
  if (request.signal.aborted) return canceledUnsent;
  const sent = plan.isOneStep ? await printJob(printing) : await createAndSend(printing);
  if ('kind' in sent) return sent;
  const { job, seen } = sent;
  // an observation rather than an action: nothing has to wait until it is on disk
  const isJournalled = request.step({ step: 'sent', ...knownOf(printing, job) });
  const [fate] = await Promise.all([follow({ ...followedBy(printing, job), isAccepted: true, seen }), isJournalled]);
  return outcomeOf(fate, ['aborted-by-system']);
}

/** A document that the printer has accepted. */
interface Accepted {
  job: Created;
  /** the job as the answer described it */
  seen: JobView | undefined;
}

async function createAndSend(printing: Printing): Promise<Accepted | PrintOutcome> {
  const job = await createJob(printing);
  if ('kind' in job) return job;
  await printing.request.step({ step: 'created', ...knownOf(printing, job) });
  const sent = await sendDocument(printing, job);
  return 'kind' in sent ? sent : { job, ...sent };
}

const knownOf = ({ token, printer }: Printing, job: Partial<Created>) => ({
  jobName: token,
  printerUuid: printer.uuid,
  printerJobId: job.id,
  printerJobUuid: job.uuid,
});

/** Where there is no Create-Job, the printer's job-id is known only once the document is there. */
async function printJob(printing: Printing): Promise<Accepted | PrintOutcome> {
  const { client, document, jobName, plan, request } = printing;
  const { signal } = request;
  await request.step({ step: 'created', ...knownOf(printing, {}) });
  const answer = await withoutRefused(plan, template =>
    whileWatched(printing, client.printJob({ jobName, template, format: plan.format, document, signal })),
  );
  if (!(answer instanceof Error)) {
    const seen = isSuccess(answer.status) ? readJob(answer.jobs[0] ?? []) : undefined;
    if (seen) return { job: seen, seen };
    if (!isSuccess(answer.status)) return refusal(answer);
  } else if (answer instanceof IppExchangeError && answer.sent === 'nothing') {
    return signal.aborted ? canceledUnsent : { kind: 'retry', ...reasonOf(answer) };
  }
  const cause = answer instanceof Error ? answer.message : 'the printer made a job and did not say which';
  const [job] = await findJobs(client, printing.token).catch(() => []);
  if (!job) return { kind: 'unconfirmed', message: `${cause}; the printer does not know the job` };
  const isAccepted = !(answer instanceof Error);
  const fate = await follow({
    ...followedBy(printing, job),
    isAccepted,
    isWithdrawn: !isAccepted && sentOf(answer) !== 'all',
  });
  return outcomeOf(withCause(fate, cause), ['submission-interrupted']);
}

const sentOf = (error: Error) => (error instanceof IppExchangeError ? error.sent : 'some');

const canceledUnsent: PrintOutcome = { kind: 'canceled', message: 'canceled before the document was sent' };

/** Shorter than name(MAX), 255: printers make file names of it, with a number before and an ending behind. */
const maxJobNameOctets = 127;

/** The token comes first, to survive printers that keep fewer octets still [RFC 8011 5.1.3]. */
function jobNameOf(ticket: PrintRequest['ticket'], token: string): string {
  const duplicate = ticket.possibleDuplicate ? ' (possible duplicate)' : '';
  return truncate(`${token}${duplicate} ${ticket.name}`.trimEnd(), maxJobNameOctets).trimEnd();
}

type Created = Pick<JobView, 'id' | 'uuid'>;

async function createJob(printing: Printing): Promise<Created | PrintOutcome> {
  const { client, jobName, plan } = printing;
  const answer = await withoutRefused(plan, template => client.createJob({ jobName, template }));
  if (answer instanceof Error) {
    // the request may have come through: leave no empty job behind
    const isSent = answer instanceof IppExchangeError && answer.sent !== 'nothing';
    if (isSent) await cancelStrays(printing);
    return { kind: 'retry', ...reasonOf(answer) };
  }
  if (!isSuccess(answer.status)) return refusal(answer);
  const job = readJob(answer.jobs[0] ?? []);
  if (job) return job;
  await cancelStrays(printing);
  return { kind: 'aborted', reasons: ['aborted-by-system'], message: 'the printer made a job and did not say which' };
}

/**
 * Asks with the template, and again without what the printer refuses: a printer may list more than it takes, and a job
 * as the printer does by default is better than none. What it refused or ignored is noted in the plan.
 */
async function withoutRefused(
  plan: Plan,
  ask: (template: Plan['template']) => Promise<IppAnswer>,
): Promise<IppAnswer | Error> {
  for (;;) {
    const answer = await ask(plan.template).catch(asError);
    if (answer instanceof Error) return answer;
    const refused = plan.template.filter(({ name }) => answer.unsupported.some(one => one.name === name));
    if (isSuccess(answer.status)) {
      plan.notOffered.push(...refused.map(({ name }) => name));
      return answer;
    }
    const isTemplateRefused = answer.status === statusCodes['client-error-attributes-or-values-not-supported'];
    if (!isTemplateRefused || plan.template.length === 0) return answer;
    const dropped = refused.length > 0 ? refused : plan.template;
    plan.notOffered.push(...dropped.map(({ name }) => name));
    plan.template = plan.template.filter(attribute => !dropped.includes(attribute));
  }
}

async function cancelStrays({ client, token }: Printing): Promise<void> {
  const strays = await findJobs(client, token).catch(() => []);
  for (const stray of strays.filter(job => !isFinal(job))) await client.cancelJob(stray.id).catch(() => undefined);
}

async function sendDocument(printing: Printing, job: Created): Promise<{ seen: JobView | undefined } | PrintOutcome> {
  const { client, document, plan, request } = printing;
  const { signal } = request;
  const sending = client.sendDocument({ jobId: job.id, format: plan.format, document, signal });
  const answer = await whileWatched(printing, sending).catch(asError);
  if (!(answer instanceof Error) && isSuccess(answer.status)) return { seen: readJob(answer.jobs[0] ?? []) };

  if (answer instanceof IppExchangeError && answer.sent === 'nothing') {
    await client.cancelJob(job.id).catch(() => undefined); // else the printer's own time-out ends it
    return signal.aborted ? canceledUnsent : { kind: 'retry', ...reasonOf(answer) };
  }
  // all octets went out, the answer did not come back: the job may be good, let it print
  const isAllSent = answer instanceof IppExchangeError && answer.sent === 'all';
  const fate = await follow({ ...followedBy(printing, job), isAccepted: false, isWithdrawn: !isAllSent });
  if (answer instanceof Error) return outcomeOf(withCause(fate, answer.message), ['submission-interrupted']);
  return fate.kind === 'not-sent' || isDocumentAtFault(answer) ? refusal(answer) : withCause(fate, answer.message);
}

async function whileWatched<T>(printing: Printing, sending: Promise<T>): Promise<T> {
  const isOver = new AbortController();
  const watching = watch(printing, isOver.signal);
  try {
    return await sending;
  } finally {
    isOver.abort();
    await watching;
  }
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
  const { progress, signal, letOthersPass } = request;
  return { client, times, token, jobId: job.id, jobUuid: job.uuid, before: printer, progress, letOthersPass, signal };
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
  const warning = `the printer does not offer ${[...new Set(notOffered)].join(', ')}`;
  return { ...outcome, message: [outcome.message, warning].filter(Boolean).join('; '), warnings: [warning] };
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));
