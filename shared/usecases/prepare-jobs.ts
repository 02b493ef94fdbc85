import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { outputKey, type StoredDocument, sniffedOctets, sniffFormat } from '../domain/document.ts';
import { PrintError, type PrintErrorCode } from '../domain/errors.ts';
import type { JobId } from '../domain/ids.ts';
import { applyEvent, type Job, type JobEvent, transitions } from '../domain/job.ts';
import type { Messages, Ports } from '../ports.ts';
import { changeJob } from './change-job.ts';
import { announce } from './create-jobs.ts';
import { inflateStream } from './inflate.ts';

/**
 * Makes the document of jobs that share one source, once, and hands the jobs on. A message that comes twice makes the
 * same document under the same name again. Throws only for what may succeed later.
 */
export async function prepareJobs(ports: Ports, message: Messages['prepare']): Promise<void> {
  const jobs = (await Promise.all(message.jobIds.map(id => ports.jobs.get(id)))).filter(isUnprepared);
  const [first] = jobs;
  if (!first) return;
  const ids = jobs.map(job => job.id);
  await applyToAll(ports, ids, { type: 'preparation-step', step: 'starting' });
  try {
    const document = await makeDocument(ports, first);
    const prepared = await applyToAll(ports, ids, { type: 'prepared', document });
    await announce(ports, prepared);
  } catch (error) {
    if (!(error instanceof PrintError) || error.code === 'internal') throw error;
    await applyToAll(ports, ids, { type: 'failed', reason: reasonFor(error.code), message: error.message });
  }
}

function isUnprepared(job: Job | undefined): job is Job {
  return job !== undefined && 'prepared' in transitions[job.standing];
}

async function makeDocument(ports: Ports, job: Job): Promise<StoredDocument> {
  const { source } = job;
  if (source.kind === 'ready') return source.document;
  const stored = await ports.documents.read(source.key);
  if (!stored) throw new PrintError('document-access-error', 'The document is no longer stored.');
  const compression = source.kind === 'stored' ? source.compression : undefined;
  if (!compression) return await measure(source.key, stored);
  return await ports.documents.put(outputKey(job.companyId, job.id), inflateStream(stored, compression));
}

/** A document that was put together in the store has never been read as a whole: this is where it is. */
async function measure(key: string, stored: Readable): Promise<StoredDocument> {
  const hash = createHash('sha256');
  let head: Buffer = Buffer.alloc(0);
  let octets = 0;
  for await (const chunk of stored as AsyncIterable<Buffer>) {
    hash.update(chunk);
    octets += chunk.length;
    if (head.length < sniffedOctets) head = Buffer.concat([head, chunk.subarray(0, sniffedOctets)]);
  }
  return { key, octets, sha256: hash.digest('hex'), format: sniffFormat(head) };
}

async function applyToAll(ports: Ports, ids: JobId[], event: JobEvent): Promise<Job[]> {
  const outcomes = await Promise.all(
    ids.map(id => changeJob(ports, id, job => applyEvent(job, event, ports.clock.now()))),
  );
  return outcomes.filter(outcome => outcome?.changed).map(outcome => (outcome as { job: Job }).job);
}

/** The IPP keyword that says on the job what an error said to a caller [RFC 8011 5.3.8]. */
function reasonFor(code: PrintErrorCode): string {
  return code === 'document-access-error' || code === 'not-found' ? 'document-access-error' : 'document-format-error';
}
