import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { parseJobId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import { type PrinterName, printerKey } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';

export interface JobAddress {
  /** as the client wrote it */
  id: string;
  /** if the client's path names these, they must match the job; a job without a printer matches any printer */
  companyId?: string;
  printer?: PrinterName;
}

/** Returns a job. Another company's job is `not-found`, exactly like a job that does not exist. */
export async function getJob(ports: Pick<Ports, 'jobs'>, principal: Principal, address: JobAddress): Promise<Job> {
  const id = parseJobId(address.id);
  const job = id && (await ports.jobs.get(id));
  const isTheirs = job && job.companyId === principal.companyId;
  if (!isTheirs || !isAt(job, address)) throw new PrintError('not-found', 'Unknown job.');
  return job;
}

function isAt(job: Job, address: JobAddress): boolean {
  const sameCompany = address.companyId === undefined || address.companyId === job.companyId;
  const samePrinter = !address.printer || !job.printer || printerKey(job.printer) === printerKey(address.printer);
  return sameCompany && samePrinter;
}
