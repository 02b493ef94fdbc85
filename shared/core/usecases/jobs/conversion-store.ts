import { text } from 'node:stream/consumers';
import { type Conversion, folderOf } from '../../domain/conversion.ts';
import { isUnprepared, type Job } from '../../domain/job.ts';
import type { Ports } from '../../ports/index.ts';

/** The conversion that a job waits for; undefined when it was discarded. */
export async function readConversion(
  { documents }: Pick<Ports, 'documents'>,
  key: string,
): Promise<Conversion | undefined> {
  const stored = await documents.read(key);
  return stored && (JSON.parse(await text(stored)) as Conversion);
}

/**
 * Deletes a conversion, with its cookies and inline octets, when no job waits for it any more. Called wherever a job may
 * have stopped waiting. Early and repeated calls do nothing. What a power cut brings back goes with other old documents.
 */
export async function discardConversion(
  ports: Pick<Ports, 'jobs' | 'documents'>,
  { source }: Pick<Job, 'source'>,
): Promise<void> {
  if (source.kind !== 'conversion') return;
  const sharers = await Promise.all(source.sharedBy.map(id => ports.jobs.get(id)));
  if (sharers.some(job => job && isUnprepared(job))) return;
  const kept = await ports.documents.list(folderOf(source.key));
  await ports.documents.delete(
    kept.map(({ key }) => key),
    { isSyncedLater: true },
  );
}
