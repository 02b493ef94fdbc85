import type { StoredDocument } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import { parseJobId } from '../../domain/ids.ts';
import type { Output } from '../../domain/job.ts';
import { collected, isCollectable } from '../../domain/job-output.ts';
import type { Ports } from '../../ports/index.ts';
import { changeJob } from '../jobs/change-job.ts';

export interface Collection {
  /** the job's id, as the client wrote it: 128 random bits, and all that is asked for */
  token: string;
  /** instead of the name that the document was made with */
  fileName?: string;
}

/** Time enough to begin a download that a browser was just sent to. */
const addressSeconds = 5 * 60;

/**
 * An address that gives the document once, soon: whoever is told it is taken to have collected. Throws `not-found`
 * for a document that does not stand yet or not any more, and for jobs that are none.
 */
export async function collectOutput(
  ports: Pick<Ports, 'jobs' | 'documents' | 'clock'>,
  { token, fileName }: Collection,
): Promise<{ url: string }> {
  const id = parseJobId(token);
  const now = ports.clock.now();
  const outcome = id && (await changeJob(ports, id, job => collected(job, now)));
  if (!outcome || !isCollectable(outcome.job, now)) {
    throw new PrintError('not-found', 'There is no document here, not yet or not any more.');
  }
  const { key, format } = outcome.job.document as StoredDocument;
  const name = fileName ?? (outcome.job.output as Output).fileName;
  return { url: await ports.documents.presignRead(key, { expiresSeconds: addressSeconds, format, fileName: name }) };
}
