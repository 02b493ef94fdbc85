import { buffer } from 'node:stream/consumers';
import type { Principal } from '../../domain/company.ts';
import { type Compression, documentKey, sniffedOctets, sniffFormat } from '../../domain/document.ts';
import type { DocumentSource, Job } from '../../domain/job.ts';
import { checkJobName } from '../../domain/job-name.ts';
import { type UploadSession, windowOctets } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';
import { acceptingPrinters } from '../jobs/accepting-printers.ts';
import { checkWishes } from '../jobs/check-wishes.ts';
import { createJobs } from '../jobs/create-jobs.ts';
import { claimOf, findReplay } from '../jobs/idempotency.ts';
import type { JobRequest } from '../jobs/job-request.ts';
import { refuseFormat } from '../jobs/refuse-format.ts';
import { completeUpload } from '../uploads/complete-upload.ts';
import { inflateSmall } from '../uploads/inflate.ts';
import { unknownUpload } from '../uploads/open-upload.ts';
import { admitOctets } from '../uploads/stored-octets.ts';
import { inflateAtOnceOctets } from './submit-document.ts';

export interface UploadSubmission extends Omit<JobRequest, 'name'> {
  uploadId: string;
  compression?: Compression;
  /** default: the upload's own name */
  name?: string;
}

/** Prints an uploaded document. It can be submitted again until the upload expires. */
export async function submitUpload(ports: Ports, principal: Principal, submission: UploadSubmission): Promise<Job[]> {
  const { uploadId, compression } = submission;
  const asked = { ...submission, name: checkJobName(submission.name ?? '') };
  const printers = await acceptingPrinters(ports, principal, asked);
  const claim = claimOf(principal, asked, `${compression ?? ''}:${uploadId}`);
  const replayed = await findReplay(ports, claim);
  if (replayed) return replayed;
  checkWishes(ports, asked);
  const session = await completeUpload(ports, principal, uploadId);
  const source = await sourceOf(ports, principal, session, compression);
  if (!compression || source.kind === 'ready') refuseFormat(printers, await formatOf(ports, session, source));
  const request = { ...asked, name: asked.name || (session.name ?? uploadId), isStoredBefore: true };
  return await createJobs(ports, principal, request, printers, source, claim);
}

/**
 * A small document is inflated during the request, which is refused when that fails. The queue `prepare` reads a large
 * one, since that may take longer than a client waits.
 */
async function sourceOf(
  ports: Pick<Ports, 'documents' | 'storedOctets' | 'clock'>,
  principal: Principal,
  session: UploadSession,
  compression: Compression | undefined,
): Promise<DocumentSource> {
  const { key, document } = session;
  if (!compression && document) return { kind: 'ready', document };
  const isSmall = compression && (session.octets ?? 0) <= windowOctets;
  const inflated = isSmall && (await inflatedDocument(ports, principal, session, compression));
  if (inflated) return { kind: 'ready', document: inflated };
  return { kind: 'stored', key, compression, sha256: session.direct?.sha256 };
}

/** A document by parts was not read yet: its first octets tell. */
async function formatOf({ documents }: Pick<Ports, 'documents'>, { key }: UploadSession, source: DocumentSource) {
  if (source.kind === 'ready') return source.document.format;
  const head = await documents.read(key, { from: 0, to: sniffedOctets });
  if (!head) throw unknownUpload();
  return sniffFormat(await buffer(head));
}

async function inflatedDocument(
  ports: Pick<Ports, 'documents' | 'storedOctets' | 'clock'>,
  principal: Principal,
  session: UploadSession,
  compression: Compression,
) {
  const stream = await ports.documents.read(session.key);
  if (!stream) throw unknownUpload();
  const plain = await inflateSmall(await buffer(stream), compression, inflateAtOnceOctets);
  if (plain) await admitOctets(ports, principal, plain.length);
  return plain && (await ports.documents.put(documentKey(session.companyId, ports.clock.token()), plain));
}
