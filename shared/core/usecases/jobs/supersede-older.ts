import type { JobId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import type { Ports } from '../../ports/index.ts';
import { announce } from './announce.ts';
import { changeJob } from './change-job.ts';
import { discardConversion } from './conversion-store.ts';

/**
 * Cancels the job that each of these replaces, unless its relay may have begun to print it. Of concurrent submissions the
 * one with the higher sequence is the newer one. Returns the jobs as they are then. Repeated calls do nothing.
 */
export async function supersedeOlder(
  ports: Pick<Ports, 'jobs' | 'clock' | 'queue' | 'documents'>,
  jobs: Job[],
): Promise<Job[]> {
  return await Promise.all(jobs.map(job => (job.supersedes && job.printer ? supersedeFor(ports, job) : job)));
}

async function supersedeFor(ports: Parameters<typeof supersedeOlder>[0], job: Job): Promise<Job> {
  const { older, newer } = await ports.jobs.supersede(job);
  if (older) await replaced(ports, older, job.id);
  return (newer && (await replaced(ports, job.id, newer))) ?? job;
}

async function replaced(
  ports: Parameters<typeof supersedeOlder>[0],
  older: JobId,
  by: JobId,
): Promise<Job | undefined> {
  const outcome = await changeJob(ports, older, job => applyEvent(job, { type: 'superseded', by }, ports.clock.now()));
  if (outcome?.changed) await announce(ports, [outcome.job]);
  if (outcome?.changed) await discardConversion(ports, outcome.job);
  return outcome?.job;
}
