import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { parseJobId, parseUploadId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import { isCollectable } from '../../domain/job-output.ts';
import { outputFileKey } from '../../domain/output-file.ts';
import { isUnderWay, type UploadSession } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';

/*
 * Addresses issued by this service that clients send back as input. Their documents are read from the store and never
 * over the network, and only for the company that owns them.
 */

/** The parts of an issued address, as its contract parses them. */
export interface IssuedAddress {
  /** a job's output, or one file of it; or a document that was uploaded */
  names: { job: string; file?: number } | { upload: string };
  /** whether the host is this service's own */
  isCertain: boolean;
}

/** The job output or upload that an issued address names. */
export type IssuedItem = { job: Job; file?: number; key: string } | { upload: UploadSession; key: string };

type AddressPorts = Pick<Ports, 'jobs' | 'uploads' | 'clock'>;

/**
 * Finds the document of an issued address. Undefined for an address of another host that names nothing of this company:
 * it is fetched like any address, so the answer does not reveal whether another company has such a job. Throws
 * `not-found` when the host is certainly this service's own.
 */
export async function findIssued(
  ports: AddressPorts,
  { companyId }: Principal,
  { names, isCertain }: IssuedAddress,
): Promise<IssuedItem | undefined> {
  const thing = 'job' in names ? await findOutput(ports, names) : await findUpload(ports, names);
  const isThere = thing && thing !== 'gone' && ('job' in thing ? thing.job : thing.upload).companyId === companyId;
  if (isThere) return thing;
  if (isCertain) throw noDocument();
  return undefined;
}

/** A job can be printed again only while its document is kept. */
export function documentDeleted({ endedAt }: Pick<Job, 'endedAt'>): string {
  const ended = endedAt === undefined ? '' : `, which ended at ${new Date(endedAt).toISOString()},`;
  return `The document of this job${ended} has been deleted. Its record is kept longer.`;
}

export const noDocument = () =>
  new PrintError('not-found', 'No document at this address: it is not ready yet or has expired.');

/** The output at an address; `gone` when it is not ready yet or has expired. */
export async function findOutput(
  { jobs, clock }: Pick<Ports, 'jobs' | 'clock'>,
  { job: id, file }: { job: string; file?: number },
): Promise<Extract<IssuedItem, { job: Job }> | 'gone' | undefined> {
  const parsed = parseJobId(id);
  const job = parsed && (await jobs.get(parsed));
  if (!job) return undefined;
  if (!isCollectable(job, clock.now()) || !job.document) return 'gone';
  const { key } = job.document;
  return { job, file, key: file === undefined ? key : outputFileKey(key, file) };
}

export async function findUpload(
  { uploads, clock }: Pick<Ports, 'uploads' | 'clock'>,
  { upload: id }: { upload: string },
): Promise<Extract<IssuedItem, { upload: UploadSession }> | 'gone' | undefined> {
  const parsed = parseUploadId(id);
  const upload = parsed && (await uploads.get(parsed));
  if (!upload) return undefined;
  const isKept = isUnderWay(upload) || upload.state === 'completed';
  return isKept && upload.expiresAt > clock.now() ? { upload, key: upload.key } : 'gone';
}
