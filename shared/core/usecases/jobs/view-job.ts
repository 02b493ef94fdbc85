import type { Principal } from '../../domain/company.ts';
import type { CompanyId } from '../../domain/ids.ts';
import { isFinal, type Job } from '../../domain/job.ts';
import type { JobView } from '../../domain/job-words.ts';
import { type Location, type Printer, printerKey } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';
import { makeMemory } from '../memory.ts';
import { getJob, type JobAddress } from './get-job.ts';

/** Clients poll every second. Related data may be this much older than the job itself. */
const surroundingsMilliseconds = 5000;
/** The jobs ahead are counted among this many of the company's newest jobs. */
const recentJobs = 100;

interface Surroundings {
  printers: Map<string, Printer>;
  locations: Map<string, Location>;
  recent: Job[];
}

export type ViewPorts = Pick<Ports, 'jobs' | 'registry' | 'clock'>;

const remembered = makeMemory<Surroundings>(surroundingsMilliseconds);

/** Reads a job with the data that describes its state. A job in a final state needs no other data. */
export async function viewJob(ports: ViewPorts, principal: Principal, address: JobAddress): Promise<JobView> {
  const job = await getJob(ports, principal, address);
  const [view] = await viewJobs(ports, principal.companyId, [job]);
  return view as JobView;
}

export async function viewJobs(ports: ViewPorts, companyId: CompanyId, jobs: Job[]): Promise<JobView[]> {
  if (!jobs.some(job => job.printer && !isFinal(job))) return jobs.map(job => ({ job }));
  const around = await surroundingsOf(ports, companyId);
  return jobs.map(job => {
    if (!job.printer || isFinal(job)) return { job };
    const key = printerKey(job.printer);
    return {
      job,
      printer: around.printers.get(key),
      location: around.locations.get(job.printer.locationId),
      ahead: around.recent.filter(other => isAheadOf(other, job)).length,
    };
  });
}

function isAheadOf(other: Job, job: Job): boolean {
  const isSamePrinter = other.printer && job.printer && printerKey(other.printer) === printerKey(job.printer);
  const isDecision =
    other.standing === 'processing-stopped/delivery-unconfirmed' ||
    other.standing === 'pending-held/job-hold-until-specified';
  return Boolean(isSamePrinter) && other.sequence < job.sequence && !isFinal(other) && !isDecision;
}

async function surroundingsOf({ registry, jobs, clock }: ViewPorts, companyId: CompanyId): Promise<Surroundings> {
  const look = async (): Promise<Surroundings> => {
    const [printers, locations, { jobs: recent }] = await Promise.all([
      registry.listPrinters(companyId),
      registry.listLocations(companyId),
      jobs.list(companyId, recentJobs),
    ]);
    return {
      printers: new Map(printers.map(printer => [printerKey(printer), printer])),
      locations: new Map(locations.map(location => [location.locationId, location])),
      recent,
    };
  };
  return registry.isLocal ? await look() : await remembered(registry, companyId, clock.now(), look);
}
