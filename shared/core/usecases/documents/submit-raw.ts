import type { Principal } from '../../domain/company.ts';
import { sniffFormat } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { type PrinterName, printerKey, takesFormat } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';
import type { JobRequest } from '../jobs/job-request.ts';
import { submitConversion } from './submit-conversion.ts';
import { submitDocument } from './submit-document.ts';
import { targetNamed } from './target-named.ts';

export interface RawSubmission extends Omit<JobRequest, 'targets' | 'output'> {
  target: PrinterName;
  /** in the printer's own language, here or to be fetched */
  content: { bytes: Uint8Array } | { url: string };
}

/** Prints what is in a printer's own language, as it is. Refuses what the printer is known not to take. */
export async function submitRaw(ports: Ports, principal: Principal, submission: RawSubmission): Promise<Job[]> {
  const { content, ...rest } = submission;
  const target = await targetNamed(ports, principal, submission.target);
  const request = { ...rest, targets: [target] };
  if ('url' in content) {
    const document = { kind: 'url' as const, url: content.url };
    return await submitConversion(ports, principal, { ...request, conversion: { kind: 'fetch', document } });
  }
  const printer = await ports.registry.getPrinter(principal.companyId, target);
  const isTaken = !printer?.device || takesFormat(printer.device, sniffFormat(content.bytes));
  if (!isTaken) throw new PrintError('unsupported', `The printer ${printerKey(target)} does not take raw data.`);
  return await submitDocument(ports, principal, { ...request, bytes: content.bytes });
}
