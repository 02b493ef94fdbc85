import { createHash } from 'node:crypto';
import type { Principal } from '../../domain/company.ts';
import { type Compression, documentKey, sniffFormat } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { checkJobName } from '../../domain/job-name.ts';
import type { Ports } from '../../ports/index.ts';
import { acceptingPrinters } from '../jobs/accepting-printers.ts';
import { checkWishes } from '../jobs/check-wishes.ts';
import { createJobs } from '../jobs/create-jobs.ts';
import { claimOf, findReplay } from '../jobs/idempotency.ts';
import type { JobRequest } from '../jobs/job-request.ts';
import { refuseFormat } from '../jobs/refuse-format.ts';
import { inflateSmall } from '../uploads/inflate.ts';
import { admitOctets } from '../uploads/stored-octets.ts';

/** Up to this size data is inflated during the request, so bad data is refused at once; the queue `prepare` inflates the rest. */
export const inflateAtOnceOctets = 32 * 1024 * 1024;

export interface DocumentSubmission extends Omit<JobRequest, 'name'> {
  bytes: Uint8Array;
  compression?: Compression;
  /** default: the document's token in the store */
  name?: string;
  /** what a repeated request has in common with this one; default: the octets */
  contentDigest?: string;
}

/** Submits a document for printing, in one request. One job for each target, in target order. */
export async function submitDocument(
  ports: Ports,
  principal: Principal,
  submission: DocumentSubmission,
): Promise<Job[]> {
  const { bytes, compression } = submission;
  if (bytes.length === 0) throw new PrintError('bad-value', 'The document is empty: the request has no body.');
  const token = ports.clock.token();
  const request = { ...submission, name: checkJobName(submission.name ?? token) };
  const printers = await acceptingPrinters(ports, principal, request);
  const claim = claimOf(
    principal,
    { ...request, name: submission.name ?? '' },
    submission.contentDigest ?? digestOf(bytes, compression),
  );
  const replayed = await findReplay(ports, claim);
  if (replayed) return replayed;
  checkWishes(ports, request);
  const plain = compression ? await inflateSmall(bytes, compression, inflateAtOnceOctets) : bytes;
  if (plain) refuseFormat(printers, sniffFormat(plain));
  await admitOctets(ports, principal, (plain ?? bytes).length);
  const key = documentKey(principal.companyId, token);
  const document = await ports.documents.put(key, plain ?? bytes, { isSyncedLater: true });
  const source = plain ? ({ kind: 'ready', document } as const) : ({ kind: 'stored', key, compression } as const);
  return await createJobs(ports, principal, request, printers, source, claim);
}

function digestOf(bytes: Uint8Array, compression: Compression | undefined): string {
  return `${compression ?? ''}:${createHash('sha256').update(bytes).digest('hex')}`;
}
