import type { Principal } from '../../domain/company.ts';
import { sniffFormat } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { type PrinterName, printerKey, takesFormat } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';
import type { JobRequest } from '../jobs/job-request.ts';
import { matchPrinterName } from './match-printer-name.ts';
import { submitConversion } from './submit-conversion.ts';
import { submitDocument } from './submit-document.ts';

export interface RawSubmission extends Omit<JobRequest, 'targets' | 'output'> {
  target: PrinterName;
  /** in the printer's own language: the bytes, or the address to fetch them from */
  content: { bytes: Uint8Array } | { url: string };
}

/** Prints data in a printer's own language, unchanged. Refuses a format that the printer does not support. */
export async function submitRaw(ports: Ports, principal: Principal, submission: RawSubmission): Promise<Job[]> {
  const { content, ...rest } = submission;
  const target = await matchPrinterName(ports, principal, submission.target);
  const request = { ...rest, targets: [target] };
  if ('url' in content) {
    const document = { kind: 'url' as const, url: content.url };
    return await submitConversion(ports, principal, { ...request, conversion: { kind: 'fetch', document } });
  }
  const printer = await ports.registry.getPrinter(principal.companyId, target);
  const format = sniffFormat(content.bytes);
  const isSupported = !printer?.device || takesFormat(printer.device, format);
  if (!isSupported)
    throw new PrintError('unsupported', `Printer ${printerKey(target)} does not take raw data (${format}).`);
  return await submitDocument(ports, principal, { ...request, bytes: content.bytes });
}
