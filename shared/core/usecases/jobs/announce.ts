import { isUnprepared, type Job } from '../../domain/job.ts';
import { owesCallback } from '../../domain/job-schedule.ts';
import type { PrinterName } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';

/** Sends the message that each job's state requires: offer, prepare or notify. One prepare message serves all the jobs. */
export async function announce(ports: Pick<Ports, 'queue'>, jobs: Job[]): Promise<void> {
  const fetchable = jobs.filter(job => job.standing === 'pending/job-fetchable');
  const queued = jobs.filter(isUnprepared);
  const ended = jobs.filter(owesCallback);
  const offers = fetchable.map(job => ({ companyId: job.companyId, printer: job.printer as PrinterName }));
  if (offers.length > 0) await ports.queue.send('offer', offers);
  if (queued.length > 0)
    await ports.queue.send('prepare', [{ jobIds: queued.map(job => job.id), companyId: queued[0]?.companyId }]);
  if (ended.length > 0)
    await ports.queue.send(
      'notify',
      ended.map(job => ({ jobId: job.id, attempt: 1 })),
    );
}
