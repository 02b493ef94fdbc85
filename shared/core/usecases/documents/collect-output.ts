import type { StoredDocument } from '../../domain/document.ts';
import { parseJobId } from '../../domain/ids.ts';
import type { Output } from '../../domain/job.ts';
import { collected, isCollectable } from '../../domain/job-output.ts';
import type { Ports } from '../../ports/index.ts';
import { changeJob } from '../jobs/change-job.ts';
import { noDocument } from './issued-address.ts';

export interface Collection {
  /** the job's id, as the client wrote it: 128 random bits, and the only credential */
  token: string;
  /** replaces the file name of the output */
  fileName?: string;
}

/** Enough for a browser to start the download that it is redirected to. */
const addressSeconds = 5 * 60;

/**
 * Returns a short-lived address of a job's output, and marks the output as collected. Throws `not-found` for a job that
 * does not exist, and for an output that is not ready or has expired.
 */
export async function collectOutput(
  ports: Pick<Ports, 'jobs' | 'documents' | 'clock'>,
  { token, fileName }: Collection,
): Promise<{ url: string }> {
  const id = parseJobId(token);
  const now = ports.clock.now();
  const outcome = id && (await changeJob(ports, id, job => collected(job, now)));
  if (!outcome || !isCollectable(outcome.job, now)) {
    throw noDocument();
  }
  const { key, format } = outcome.job.document as StoredDocument;
  const name = fileName ?? (outcome.job.output as Output).fileName;
  return { url: await ports.documents.presignRead(key, { expiresSeconds: addressSeconds, format, fileName: name }) };
}
