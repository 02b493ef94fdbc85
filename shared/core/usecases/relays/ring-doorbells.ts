import { log } from '../../../telemetry/log.ts';
import type { RelayId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import { type PrinterName, printerKey } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';
import { ticketsOf, willAsk } from './offer-jobs.ts';

/*
 * A use case that makes a job fetchable rings its relay's doorbell at once, with the data that it has: the job, and often
 * the relay's id. This saves a message in the queue `offer`, its function, and repeated reads.
 *
 * All other jobs go to the queue: jobs of a printer at which others wait, since those have the first tickets and
 * concurrent offers share one message; jobs whose ring failed; and jobs that the sweep finds, since a ring may be lost
 * with its process or on its way to the relay. On one machine, neither is needed for a printer whose relay is about to ask.
 */

/** A client may be waiting for an answer; the queue has more time. */
const ringMilliseconds = 1500;

type RingPorts = Pick<Ports, 'jobs' | 'documents' | 'relayLink' | 'registry' | 'clock'>;

/** Sends tickets of the fetchable jobs. Returns the jobs that are still to be announced. Never throws. */
export async function ringDoorbells(
  ports: RingPorts,
  jobs: Job[],
  relayOf: (printer: PrinterName) => Promise<RelayId | undefined>,
): Promise<Job[]> {
  const fetchable = jobs.filter(job => job.standing === 'pending/job-fetchable');
  const ofPrinter = Map.groupBy(fetchable, job => printerKey(job.printer as PrinterName));
  const unheard = await Promise.all(
    [...ofPrinter.values()].map(async its => {
      const isRung = await ring(ports, its, relayOf).catch(error => {
        log.warn('ring-failed', { ...subjectOf(its), error });
        return false;
      });
      return isRung ? [] : its;
    }),
  );
  return [...jobs.filter(job => !fetchable.includes(job)), ...unheard.flat()];
}

function subjectOf(jobs: Job[]) {
  const [{ companyId, printer }] = jobs as [Job & { printer: PrinterName }];
  return { jobIds: jobs.map(({ id }) => id), companyId, printer: printerKey(printer) };
}

/** Sends the tickets of these jobs if no other jobs wait at their printer. */
async function ring(
  ports: RingPorts,
  jobs: Job[],
  relayOf: (printer: PrinterName) => Promise<RelayId | undefined>,
): Promise<boolean> {
  const [{ companyId, printer }] = jobs as [Job & { printer: PrinterName }];
  const relayId = await relayOf(printer);
  if (!relayId) return false;
  if (willAsk(ports, relayId, companyId, printer)) return true;
  const waiting = await ports.jobs.waiting(companyId, printer, jobs.length + 1, jobs);
  const areAlone = waiting.every(({ id }) => jobs.some(job => job.id === id));
  if (!areAlone) return false;
  // a relay that fetched in the meantime has them already
  if (waiting.length === 0) return true;
  const { tickets, more } = await ticketsOf(ports, waiting);
  await ports.relayLink.publish(relayId, { type: 'tickets', tickets, more }, ringMilliseconds);
  return true;
}
