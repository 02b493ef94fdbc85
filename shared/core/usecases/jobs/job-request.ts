import type { JobId } from '../../domain/ids.ts';
import type { Callback, Contract, Hold, Output } from '../../domain/job.ts';
import type { JobTemplate } from '../../domain/job-template.ts';
import type { PrinterName } from '../../domain/printer.ts';

/** The parameters that all submissions share. */
export interface JobRequest {
  contract: Contract;
  /** one job for each, in this order */
  targets: PrinterName[];
  name: string;
  user?: string;
  tags?: string[];
  copyOf?: JobId;
  /** the document was stored before, so other jobs may use it too */
  isStoredBefore?: boolean;
  /** a newer job of a printer with this key replaces an older one */
  supersedes?: string;
  hold?: Hold;
  /** when the jobs end if they have not begun to print; without it the printer decides */
  expires?: { at: number } | { inMilliseconds: number };
  printBefore?: number;
  /** the jobs are acknowledged when the first has ended, or after seconds */
  isAwaited?: boolean;
  template: JobTemplate;
  properties: Record<string, string>;
  /** the company that the client names, which must be its own */
  ownCompanyId?: string;
  /** a repeated request with this key returns the same jobs */
  idempotencyKey?: string;
  /** adds a first job, whose document the client collects */
  output?: Pick<Output, 'fileName' | 'keepMilliseconds' | 'once' | 'isList' | 'isBase64'>;
  /** of the job with the output */
  credits?: number;
  /** the address to notify when the job with the output ends; without an output, when each job ends */
  callback?: Pick<Callback, 'url' | 'origin'>;
}
