import { createHash } from 'node:crypto';
import type { Principal } from '../../domain/company.ts';
import { type Conversion, conversionFolder, conversionKey, inlineKey } from '../../domain/conversion.ts';
import type { DocumentSource, Job } from '../../domain/job.ts';
import { checkJobName } from '../../domain/job-name.ts';
import type { Ports } from '../../ports/index.ts';
import { acceptingPrinters } from '../jobs/accepting-printers.ts';
import { checkWishes } from '../jobs/check-wishes.ts';
import { createJobs } from '../jobs/create-jobs.ts';
import { claimOf, findReplay } from '../jobs/idempotency.ts';
import type { JobRequest } from '../jobs/job-request.ts';
import { admitOctets } from '../uploads/stored-octets.ts';
import { fitToPrinter } from './fit-to-printer.ts';
import { matchPrinterName } from './match-printer-name.ts';

export interface ConversionSubmission extends JobRequest {
  conversion: Conversion;
  /** the octets of a conversion whose document is `inline` */
  inline?: Uint8Array;
  /** what a repeated request has in common with this one; default: the conversion and its octets */
  contentDigest?: string;
}

/**
 * Submits a document that is still to be made: a page to render, a PDF to edit, an address to fetch. With `output` the
 * client collects it; with targets it is printed, one job for each target; with both, the job to be collected is first.
 */
export async function submitConversion(
  ports: Ports,
  principal: Principal,
  submission: ConversionSubmission,
): Promise<Job[]> {
  const targets = await Promise.all(submission.targets.map(target => matchPrinterName(ports, principal, target)));
  const request = { ...submission, targets, name: checkJobName(submission.name) };
  const printers = await acceptingPrinters(ports, principal, request);
  const claim = claimOf(principal, request, submission.contentDigest ?? digestOf(submission));
  const replayed = await findReplay(ports, claim);
  if (replayed) return replayed;
  checkWishes(ports, request);

  const folder = conversionFolder(principal.companyId, ports.clock.token());
  const { template, conversion } = fitToPrinter(printers[0], request.template, submission.conversion);
  const description = Buffer.from(JSON.stringify(conversion));
  await admitOctets(ports, principal, description.length + (submission.inline?.length ?? 0));
  const key = conversionKey(folder);
  const untilTheJob = { isSyncedLater: true };
  await Promise.all([
    submission.inline && ports.documents.put(inlineKey(folder), submission.inline, untilTheJob),
    ports.documents.put(key, description, untilTheJob),
  ]);
  const source: DocumentSource = { kind: 'conversion', key, sharedBy: [] };
  return await createJobs(ports, principal, { ...request, template }, printers, source, claim);
}

function digestOf({ conversion, inline }: ConversionSubmission): string {
  const hash = createHash('sha256').update(JSON.stringify(conversion));
  return hash.update(inline ?? '').digest('hex');
}
