import type { JobId } from '../../domain/ids.ts';
import { isUnprepared } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import type { Ports } from '../../ports/index.ts';
import { announce } from '../jobs/announce.ts';
import { changeJob } from '../jobs/change-job.ts';

const message =
  'The service stopped twice while it converted this document, so it does not retry. Check the document, then submit a new job.';

/** Aborts jobs that were in preparation when the process stopped, twice: their document may be the cause. */
export async function failInterrupted(ports: Ports, jobIds: JobId[]): Promise<void> {
  for (const id of jobIds) {
    const outcome = await changeJob(ports, id, job =>
      isUnprepared(job)
        ? applyEvent(job, { type: 'failed', reason: 'aborted-by-system', message }, ports.clock.now())
        : undefined,
    );
    if (outcome?.changed) await announce(ports, [outcome.job]);
  }
}
