import { buffer, text } from 'node:stream/consumers';
import { creditsSpent, type Principal } from '../../domain/company.ts';
import { type Conversion, sourcesOf, withSources } from '../../domain/conversion.ts';
import { sniffFormat } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import { isFinal, type Job } from '../../domain/job.ts';
import type { OutputFile } from '../../domain/output-file.ts';
import type { CallbackPolicy, Ports } from '../../ports/index.ts';
import { acceptingPrinters } from '../jobs/accepting-printers.ts';
import { readList } from './download.ts';
import { findOwn, type OwnAddress } from './own-address.ts';
import { type ConversionSubmission, submitConversion } from './submit-conversion.ts';
import { targetNamed } from './target-named.ts';

/*
 * A conversion whose result is collected, and printed as well if printers are named. Those who wait get the end of the
 * very same job that those who do not wait would ask about.
 */

export interface ConversionOrder extends ConversionSubmission {
  /** sources of the conversion that look like addresses of ours, by address */
  own: Record<string, OwnAddress>;
  /** what printers get, when it is not what is collected */
  printed?: Conversion;
  waits: boolean;
  /** whether the result is wanted in the answer, as text */
  readsText: boolean;
}

export interface ConversionOutcome {
  job: Job;
  /** one for each printer */
  printJobs: Job[];
  /** of an output of several, once it stands */
  files?: OutputFile[];
  text?: string;
  /** credits that are left; undefined without a limit */
  remaining?: number;
  milliseconds: number;
}

/** Below what gateways and functions wait for [AWS API Gateway quotas: 30 s]. */
const patienceMilliseconds = 25_000;
/** Looks again after a part of the time that has passed, so that short work is answered soon and long work looked at seldom. */
const [waitedShare, shortestPause, longestPause] = [20, 2, 250];
const inlineOctets = 4 * 1024 * 1024;
const htmlOctets = 16 * 1024 * 1024;

export async function convertDocument(
  ports: Ports & { callbackPolicy: CallbackPolicy },
  principal: Principal,
  order: ConversionOrder,
): Promise<ConversionOutcome> {
  const { own, printed, waits, readsText, ...submission } = order;
  const startedAt = ports.clock.now();
  if (submission.callback && ports.callbackPolicy.refuses(submission.callback.url)) throw callbackRefused();
  const { companyId } = principal;
  const funds = await ports.registry.remainingCredits(companyId);
  if (funds !== undefined && funds < (submission.credits ?? 0)) throw creditsSpent();

  const conversion = await withOwn(ports, principal, submission.conversion, own);
  const together = printed ? { ...submission, targets: [] } : submission;
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

const callbackRefused = () =>
  new PrintError('bad-address', 'The callback has a private address, which may not be called.');

/** Nothing is begun for a request of which one printer is unknown. */
async function checkTargets(ports: Ports, principal: Principal, { targets }: ConversionSubmission): Promise<void> {
  const named = await Promise.all(targets.map(target => targetNamed(ports, principal, target)));
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

/** The conversion with what is ours read from the store. */
async function withOwn(
  ports: Ports,
  principal: Principal,
  conversion: Conversion,
  own: Record<string, OwnAddress>,
): Promise<Conversion> {
  const keyOf = async (url: string) => {
    const address = own[url];
    return address && (await findOwn(ports, principal, address))?.key;
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
  if (!stored) throw new PrintError('not-found', 'There is no document at this address, not yet or not any more.');
  const octets = await buffer(stored);
  if (sniffFormat(octets) === 'text/plain') return octets.toString('utf8');
  throw new PrintError('bad-content', 'This address gives no page, but a file of another kind.');
}

/** The job as it ended. Throws what it failed of, or `timeout` while it goes on. */
async function end({ jobs, clock }: Pick<Ports, 'jobs' | 'clock'>, { id }: Job, from: number): Promise<Job> {
  for (let now = from; now < from + patienceMilliseconds; now = clock.now()) {
    const job = await jobs.get(id);
    if (job && isFinal(job)) return checkMade(job);
    await clock.pause(Math.min(Math.max((now - from) / waitedShare, shortestPause), longestPause));
  }
  throw new PrintError(
    'timeout',
    `This takes longer than a call may wait; send such calls with "async": true. It goes on as job ${id}.`,
  );
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
