import type { Principal } from '../../domain/company.ts';
import { type JobTrace, traceOf } from '../../domain/job-trace.ts';
import type { Ports } from '../../ports/index.ts';
import { getJob, type JobAddress } from './get-job.ts';

/** The stages of a job with their times, from its own record. */
export async function traceJob(
  ports: Pick<Ports, 'jobs' | 'clock'>,
  principal: Principal,
  address: JobAddress,
): Promise<JobTrace> {
  return traceOf(await getJob(ports, principal, address), ports.clock.now());
}
