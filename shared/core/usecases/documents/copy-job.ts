import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { isWaiting, type Job, stateOf } from '../../domain/job.ts';
import { type PrinterName, printerKey } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';
import { acceptingPrinters } from '../jobs/accepting-printers.ts';
import { cancelJob } from '../jobs/cancel-job.ts';
import { createJobs } from '../jobs/create-jobs.ts';
import { getJob } from '../jobs/get-job.ts';
import { claimOf, findReplay } from '../jobs/idempotency.ts';
import type { JobRequest } from '../jobs/job-request.ts';
import { refuseFormat } from '../jobs/refuse-format.ts';
import { documentDeleted } from './issued-address.ts';

export interface CopyRequest {
  /** as the client wrote it */
  id: string;
  /** default: the job's own printer */
  targets?: PrinterName[];
  idempotencyKey?: string;
}

/** Prints a job's document again, with its options: creates new jobs, also for other printers. */
export async function copyJob(
  ports: Ports,
  principal: Principal,
  { id, targets, idempotencyKey }: CopyRequest,
): Promise<Job[]> {
  const job = await getJob(ports, principal, { id });
  const own = job.printer ? [job.printer] : undefined;
  const wanted = targets ?? own;
  if (!wanted) throw new PrintError('bad-request', 'The job has no printer. Name the printers.');
  return await createCopies(ports, principal, job, requestOf(job, wanted, idempotencyKey));
}

/**
 * Moves a job that no relay has acknowledged to another printer: cancels it and creates a new job for its document. If
 * the second step fails, the job stays canceled, so it cannot print twice.
 */
export async function moveJob(
  ports: Ports,
  principal: Principal,
  { id, target }: { id: string; target: PrinterName },
): Promise<Job> {
  const job = await getJob(ports, principal, { id });
  const key = `move ${job.id}`;
  const request = { ...requestOf(job, [target], key), ...wishesOf(job) };
  const [known] = (await findReplay(ports, claimOf(principal, request, job.id))) ?? [];
  if (known) return known;
  const printers = await acceptingPrinters(ports, principal, { targets: [target] });
  const isHere = isWaiting(job) || job.standing === 'pending-held/job-hold-until-specified';
  if (!job.document || !isHere) throw new PrintError('conflict', 'Only a waiting job can be moved.');
  refuseFormat(printers, job.document.format);
  const canceled = await cancelJob(ports, principal, { id, message: `Moved to ${printerKey(target)}.` });
  if (stateOf(canceled) !== 'canceled') throw new PrintError('conflict', 'The job is being printed already.');
  const [moved] = await createCopies(ports, principal, job, request);
  return moved as Job;
}

/** What a moved job keeps. A copy is printed as soon as it can be. */
const wishesOf = ({ supersedes, hold, expiresAt, printBefore, callback }: Job): Partial<JobRequest> => ({
  supersedes,
  hold,
  expires: expiresAt === undefined ? undefined : { at: expiresAt },
  printBefore,
  callback,
});

const requestOf = (job: Job, targets: PrinterName[], idempotencyKey: string | undefined): JobRequest => {
  const { contract, name, template, properties, user, tags } = job;
  const own = { contract, name, template, properties, user, tags };
  return { ...own, targets, idempotencyKey, copyOf: job.id, isStoredBefore: true };
};

async function createCopies(ports: Ports, principal: Principal, job: Job, request: JobRequest): Promise<Job[]> {
  const printers = await acceptingPrinters(ports, principal, request);
  const claim = claimOf(principal, request, job.id);
  const replayed = await findReplay(ports, claim);
  if (replayed) return replayed;
  const { document } = job;
  if (!document) throw new PrintError('conflict', 'The document of this job is not ready yet.');
  if ((await ports.documents.octets(document.key)) === undefined) {
    throw new PrintError('conflict', documentDeleted(job));
  }
  refuseFormat(printers, document.format);
  return await createJobs(ports, principal, request, printers, { kind: 'ready', document }, claim);
}
