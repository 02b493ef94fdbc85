import type { Relay } from '../../domain/company.ts';
import type { JobId } from '../../domain/ids.ts';
import { isAtRelay, type Job } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';

const pageOfJobs = 100;
/** Longer than a job can be at a relay: three days for its printer, a week unconfirmed, and some for reprints. */
const oldestMilliseconds = 14 * 24 * 60 * 60 * 1000;

type ReleasePorts = Pick<Ports, 'jobs' | 'clock' | 'queue'>;

/**
 * Releases the jobs of a relay that will never report on them: it was replaced, or lost its journal. Jobs that it may
 * have begun become unconfirmed, the rest is offered again. Reads the company's recent jobs, so call it rarely.
 */
export async function releaseJobs(
  ports: ReleasePorts,
  relay: Pick<Relay, 'relayId' | 'companyId'>,
  message: string,
  isExempt: (job: Job) => boolean = () => false,
): Promise<void> {
  const at = ports.clock.now();
  const isReleased = (job: Job) => isAtRelay(job) && job.relayId === relay.relayId && !isExempt(job);
  const release = (job: Job) => (isReleased(job) ? applyEvent(job, { type: 'lost', message }, at) : undefined);
  for (let before: string | undefined; ; ) {
    const { jobs, next } = await ports.jobs.list(relay.companyId, pageOfJobs, before);
    for (const { id } of jobs.filter(isReleased)) await releaseJob(ports, id, release);
    const oldest = jobs.at(-1)?.submittedAt ?? 0;
    if (next === undefined || oldest < at - oldestMilliseconds) return;
    before = next;
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
