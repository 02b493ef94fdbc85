import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { parseJobId, parseUploadId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import { isCollectable } from '../../domain/job-output.ts';
import { outputFileKey } from '../../domain/output-file.ts';
import { isUnderWay, type UploadSession } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';

/*
 * Addresses that we gave out, come back as input: read from the store and never over the network, and only by the
 * company whose they are.
 */

/** What an address of ours names, as its contract reads it. */
export interface OwnAddress {
  /** a job's output, or one file of it; or a document that was uploaded */
  names: { job: string; file?: number } | { upload: string };
  /** the host is ours, so that it can be nobody else's */
  isCertain: boolean;
}

/** The thing behind an address of ours. */
export type OwnThing = { job: Job; file?: number; key: string } | { upload: UploadSession; key: string };

type OwnPorts = Pick<Ports, 'jobs' | 'uploads' | 'clock'>;

/**
 * Undefined for an address under another host that names nothing of this company's: it is fetched like any other, so
 * that the answer does not say whether another company has such a job. Throws `not-found` for such an address of ours.
 */
export async function findOwn(
  ports: OwnPorts,
  { companyId }: Principal,
  { names, isCertain }: OwnAddress,
): Promise<OwnThing | undefined> {
  const thing = 'job' in names ? await findOutput(ports, names) : await findUpload(ports, names);
  const isThere = thing && thing !== 'gone' && ('job' in thing ? thing.job : thing.upload).companyId === companyId;
  if (isThere) return thing;
  if (isCertain) throw new PrintError('not-found', 'There is no document at this address, not yet or not any more.');
  return undefined;
}

/** What stands at an address now; `gone` when something did, or will. */
export async function findOutput(
  { jobs, clock }: Pick<Ports, 'jobs' | 'clock'>,
  { job: id, file }: { job: string; file?: number },
): Promise<Extract<OwnThing, { job: Job }> | 'gone' | undefined> {
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
): Promise<Extract<OwnThing, { upload: UploadSession }> | 'gone' | undefined> {
  const parsed = parseUploadId(id);
  const upload = parsed && (await uploads.get(parsed));
  if (!upload) return undefined;
  const isKept = isUnderWay(upload) || upload.state === 'completed';
  return isKept && upload.expiresAt > clock.now() ? { upload, key: upload.key } : 'gone';
}
