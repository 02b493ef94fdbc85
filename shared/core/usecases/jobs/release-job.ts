import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import type { Ports } from '../../ports/index.ts';
import { announce } from './announce.ts';
import { changeJob } from './change-job.ts';
import { getJob, type JobAddress } from './get-job.ts';

/** Releases a job from its hold: it takes its place by its time of submission. `conflict` for a job that is not held. */
export async function releaseJob(
  ports: Pick<Ports, 'jobs' | 'clock' | 'queue'>,
  principal: Principal,
  address: JobAddress,
): Promise<Job> {
  const { id } = await getJob(ports, principal, address);
  const outcome = await changeJob(ports, id, job =>
    applyEvent(job, { type: 'released', actor: principal.keyName }, ports.clock.now()),
  );
  if (!outcome?.changed) throw new PrintError('conflict', 'The job is not held, so it cannot be released.');
  await announce(ports, [outcome.job]);
  return outcome.job;
}
