import type { CompanyId } from '../../domain/ids.ts';
import { applyEvent } from '../../domain/job-events.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';

const message = 'The data of server and relay was restored from a backup. The job may have been printed since.';

/**
 * For a restored backup that contains the data of a location's relay: what was printed since is known to no program. Jobs
 * that may have been become unconfirmed, and those whose documents are not ready are held. Returns their number.
 */
export async function holdRestored(
  ports: Pick<Ports, 'jobs' | 'clock'>,
  companyId: CompanyId,
  locationId: string,
): Promise<number> {
  const at = ports.clock.now();
  let changed = 0;
  for await (const batch of ports.jobs.due(Number.MAX_SAFE_INTEGER)) {
    const ofLocation = batch.filter(job => job.companyId === companyId && job.printer?.locationId === locationId);
    for (const { id } of ofLocation) {
      const outcome = await saveWith(
        () => ports.jobs.get(id),
        job => applyEvent(job, { type: 'restored', message }, at),
        job => ports.jobs.save(job),
      );
      if (outcome?.changed) changed++;
    }
  }
  return changed;
}
