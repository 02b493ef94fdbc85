import type { Relay } from '../../domain/company.ts';
import type { JobId } from '../../domain/ids.ts';
import { isAtRelay, type Job, type JobEvent } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';
import { jobsAtMostOld, recentJobs } from './recent-jobs.ts';

type ReleasePorts = Pick<Ports, 'jobs' | 'clock' | 'queue'>;

/** A company may have millions of recent jobs, and a caller waits. */
const pagesAtMost = 5;

/** Why jobs are released. */
type Release = Extract<JobEvent, { type: 'lost' | 'handed-over' }>;

export const relayReplaced: Release = {
  type: 'lost',
  message: 'The relay that took the job was replaced or revoked. The job may have printed.',
};
/** Of a relay that is offline, or was when its location's other relay took over. */
export const handedOver: Release = {
  type: 'handed-over',
  message: 'The relay that took the job was offline, and the standby took over. The job may have printed.',
};

/**
 * Releases the jobs of a relay that is offline or will never report on them: it was replaced, or lost its journal. Jobs that it may
 * have begun become unconfirmed, the rest is offered again. Reads the company's newest 500 jobs. The sweep releases the
 * others, when it would ask the relay about them: at the latest an hour after that.
 */
export async function releaseJobs(
  ports: ReleasePorts,
  relay: Pick<Relay, 'relayId' | 'companyId'>,
  event: Release,
  isExempt: (job: Job) => boolean = () => false,
): Promise<void> {
  const at = ports.clock.now();
  const isReleased = (job: Job) => isAtRelay(job) && job.relayId === relay.relayId && !isExempt(job);
  const release = (job: Job) => (isReleased(job) ? applyEvent(job, event, at) : undefined);
  let pages = 0;
  for await (const page of recentJobs(ports, relay.companyId, at - jobsAtMostOld)) {
    for (const { id } of page.filter(isReleased)) await releaseJob(ports, id, release);
    if (++pages === pagesAtMost) return;
  }
}

async function releaseJob(ports: ReleasePorts, id: JobId, release: (job: Job) => Job | undefined): Promise<void> {
  const outcome = await saveWith(
    () => ports.jobs.get(id),
    release,
    job => ports.jobs.save(job),
  );
  const { companyId, printer, standing } = outcome?.now ?? {};
  const isOffered = outcome?.changed && standing === 'pending/job-fetchable' && companyId && printer;
  if (isOffered) await ports.queue.send('offer', [{ companyId, printer }]);
}
