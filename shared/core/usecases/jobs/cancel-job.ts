import type { Principal } from '../../domain/company.ts';
import { isAtRelay, type Job } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import type { Ports } from '../../ports/index.ts';
import { announce } from './announce.ts';
import { changeJob } from './change-job.ts';
import { discardConversion } from './conversion-store.ts';
import { getJob, type JobAddress } from './get-job.ts';
import { askRelayAbout } from './recall-job.ts';

export interface Cancellation extends JobAddress {
  /** why, for people */
  message?: string;
}

/**
 * Cancels a job. A job that no relay may have begun to print is canceled at once: a relay asks before it begins, and is
 * refused. For any other job at a relay, the relay's report decides, since pages may be printed; the cancel is repeated
 * until the relay answers. A job in a final state does not change. Idempotent.
 */
export async function cancelJob(
  ports: Pick<Ports, 'jobs' | 'clock' | 'queue' | 'relayLink' | 'documents'>,
  principal: Principal,
  { message, ...address }: Cancellation,
): Promise<Job> {
  const found = await getJob(ports, principal, address);
  const outcome = await changeJob(ports, found.id, job =>
    applyEvent(job, { type: 'cancel-requested', message, actor: principal.keyName }, ports.clock.now()),
  );
  const job = outcome?.job ?? found;
  if (outcome?.changed) await announce(ports, [job]);
  if (outcome?.changed) await discardConversion(ports, job);
  if (isAtRelay(job)) {
    await askRelayAbout(ports, job);
  }
  return job;
}
