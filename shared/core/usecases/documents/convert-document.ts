import { buffer, text } from 'node:stream/consumers';
import { creditsSpent, type Principal } from '../../domain/company.ts';
import { type Conversion, sourcesOf, withSources } from '../../domain/conversion.ts';
import { sniffFormat } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import { isFinal, type Job } from '../../domain/job.ts';
import type { OutputFile } from '../../domain/output-file.ts';
import type { CallbackPolicy, Ports } from '../../ports/index.ts';
import { acceptingPrinters } from '../jobs/accepting-printers.ts';
import { checkWishes } from '../jobs/check-wishes.ts';
import { checkPutFile } from '../uploads/check-put-file.ts';
import { readList } from './download.ts';
import { findIssued, type IssuedAddress, noDocument } from './issued-address.ts';
import { matchPrinterName } from './match-printer-name.ts';
import { type ConversionSubmission, submitConversion } from './submit-conversion.ts';

/*
 * A conversion whose result the client collects, and which is also printed if the request names printers. A synchronous
 * request waits for the end of the same job that an asynchronous client polls.
 */

export interface ConversionOrder extends ConversionSubmission {
  /** sources of the conversion that look like addresses issued by this service, by address */
  own: Record<string, IssuedAddress>;
  /** what is printed, when it differs from what is collected */
  printed?: Conversion;
  waits: boolean;
  /** whether the answer contains the result, as text */
  readsText: boolean;
}

export interface ConversionOutcome {
  /** not final if the request does not wait, or the job takes longer than a request can wait */
  job: Job;
  /** one for each printer */
  printJobs: Job[];
  /** of an output with several files, once it is ready */
  files?: OutputFile[];
  text?: string;
  /** credits that are left; undefined without a limit */
  remaining?: number;
  milliseconds: number;
}

/** Below the integration timeout of the gateway [AWS API Gateway quotas: 30 s]. */
const waitMilliseconds = 25_000;
/** The pause between polls is a share of the elapsed time: short jobs are answered soon, long ones polled rarely. */
const [waitedShare, shortestPause, longestPause] = [10, 5, 500];
export const pauseAfter = (milliseconds: number): number =>
  Math.min(Math.max(milliseconds / waitedShare, shortestPause), longestPause);
const inlineOctets = 4 * 1024 * 1024;
const htmlOctets = 16 * 1024 * 1024;

export async function convertDocument(
  ports: Ports & { callbackPolicy: CallbackPolicy },
  principal: Principal,
  order: ConversionOrder,
): Promise<ConversionOutcome> {
  const { own, printed, waits, readsText, ...submission } = order;
  const startedAt = ports.clock.now();
  checkWishes(ports, submission);
  const { companyId } = principal;
  const funds = await ports.registry.remainingCredits(companyId);
  if (funds !== undefined && funds < (submission.credits ?? 0)) throw creditsSpent();

  const conversion = await withOwn(ports, principal, submission.conversion, own);
  const together = { ...submission, isAwaited: waits, ...(printed ? { targets: [] } : {}) };
  await checkTargets(ports, principal, submission);
  const [first, ...others] = await submitConversion(ports, principal, { ...together, conversion });
  const job = first as Job;
  const printJobs = printed
    ? await submitPrinted(ports, principal, submission, await withOwn(ports, principal, printed, own))
    : others;

  const ended = waits ? await end(ports, job, startedAt) : job;
  const remaining = await ports.registry.remainingCredits(companyId);
  const files = ended.document && ended.output?.isList ? await readList(ports, ended) : undefined;
  const body = readsText && !files ? await readText(ports, ended) : undefined;
  return { job: ended, printJobs, files, text: body, remaining, milliseconds: ports.clock.now() - startedAt };
}

/** Refuses the whole request when one of its printers is unknown. */
async function checkTargets(ports: Ports, principal: Principal, { targets }: ConversionSubmission): Promise<void> {
  const named = await Promise.all(targets.map(target => matchPrinterName(ports, principal, target)));
  await acceptingPrinters(ports, principal, { targets: named });
}

async function submitPrinted(
  ports: Ports,
  principal: Principal,
  { output: _output, callback: _callback, credits: _credits, ...submission }: ConversionSubmission,
  conversion: Conversion,
): Promise<Job[]> {
  if (submission.targets.length === 0) return [];
  const { idempotencyKey: key } = submission;
  const idempotencyKey = key && `${key} on paper`;
  return await submitConversion(ports, principal, { ...submission, conversion, idempotencyKey });
}

/** Replaces addresses issued by this service with the stored documents. */
async function withOwn(
  ports: Ports,
  principal: Principal,
  conversion: Conversion,
  own: Record<string, IssuedAddress>,
): Promise<Conversion> {
  const keyOf = async (url: string) => {
    const address = own[url];
    const found = address && (await findIssued(ports, principal, address));
    if (found && 'upload' in found) await checkPutFile(ports, principal, found.upload);
    return found?.key;
  };
  if (conversion.kind === 'page') {
    const key = conversion.content.kind === 'url' ? await keyOf(conversion.content.url) : undefined;
    return key === undefined
      ? conversion
      : { ...conversion, content: { kind: 'html', html: await readHtml(ports, key) } };
  }
  const sources = await Promise.all(
    sourcesOf(conversion).map(async source => {
      const key = source.kind === 'url' ? await keyOf(source.url) : undefined;
      return key === undefined ? source : { kind: 'stored' as const, key };
    }),
  );
  return withSources(conversion, sources);
}

async function readHtml({ documents }: Pick<Ports, 'documents'>, key: string): Promise<string> {
  const stored = await documents.read(key, { from: 0, to: htmlOctets });
  if (!stored) throw noDocument();
  const octets = await buffer(stored);
  const format = sniffFormat(octets);
  if (format === 'text/plain') return octets.toString('utf8');
  throw new PrintError('bad-content', `The document at this address is not an HTML page: its format is ${format}.`);
}

/** Waits for the job's end and returns it, unfinished after `waitMilliseconds`. Throws the error that it failed with. */
async function end({ jobs, clock }: Pick<Ports, 'jobs' | 'clock'>, started: Job, from: number): Promise<Job> {
  let job = started;
  for (let now = from; now < from + waitMilliseconds; now = clock.now()) {
    job = (await jobs.get(started.id)) ?? job;
    if (isFinal(job)) return checkMade(job);
    await clock.pause(pauseAfter(now - from));
  }
  return job;
}

function checkMade(job: Job): Job {
  if (job.standing === 'completed/job-completed-successfully') return job;
  if (job.error) throw new PrintError(job.error, job.message ?? 'The document could not be made.');
  if (job.standing === 'canceled/job-canceled-by-user') throw new PrintError('conflict', 'The job was canceled.');
  throw new PrintError('timeout', job.message ?? 'The document was not made in time.');
}

async function readText({ documents }: Pick<Ports, 'documents'>, { document }: Job): Promise<string | undefined> {
  if (!document || document.octets > inlineOctets) return undefined;
  const stored = await documents.read(document.key);
  return stored && (await text(stored));
}
