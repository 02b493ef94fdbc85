import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import type { Ports } from '../../ports/index.ts';
import { announce } from './announce.ts';
import { changeJob } from './change-job.ts';
import { type BulkResult, forEachJob } from './for-each-job.ts';
import { getJob, type JobAddress } from './get-job.ts';

export interface Resolution extends JobAddress {
  as: 'printed' | 'reprint';
}

/** A person decides whether an unconfirmed job was printed. Throws `conflict` for a job in any other state. */
export async function resolveJob(
  ports: Pick<Ports, 'jobs' | 'clock' | 'queue'>,
  principal: Principal,
  resolution: Resolution,
): Promise<Job> {
  const { id } = await getJob(ports, principal, resolution);
  const outcome = await changeJob(ports, id, job =>
    applyEvent(job, { type: `resolved-${resolution.as}`, actor: principal.keyName }, ports.clock.now()),
  );
  if (!outcome?.changed)
    throw new PrintError('conflict', 'The job is not unconfirmed: only a job that may have printed can be resolved.');
  await announce(ports, [outcome.job]);
  return outcome.job;
}

/** Resolves each job on its own: an error for one does not affect the others. */
export async function resolveJobs(
  ports: Parameters<typeof resolveJob>[0],
  principal: Principal,
  { ids, as }: { ids: string[] } & Pick<Resolution, 'as'>,
): Promise<BulkResult[]> {
  return await forEachJob(ids, async id => await resolveJob(ports, principal, { id, as }));
}
