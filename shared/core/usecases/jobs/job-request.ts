import type { JobId } from '../../domain/ids.ts';
import type { Callback, Contract, Output } from '../../domain/job.ts';
import type { JobTemplate } from '../../domain/job-template.ts';
import type { PrinterName } from '../../domain/printer.ts';

/** What every way of submitting has in common. */
export interface JobRequest {
  contract: Contract;
  /** a job each, in this order */
  targets: PrinterName[];
  name: string;
  user?: string;
  tags?: string[];
  copyOf?: JobId;
  template: JobTemplate;
  properties: Record<string, string>;
  /** a client that names a company must name its own */
  ownCompanyId?: string;
  /** with it, the same request again answers the same jobs */
  idempotencyKey?: string;
  /** one more job, before those of the targets, whose document is collected by the client */
  output?: Pick<Output, 'fileName' | 'keepMilliseconds' | 'once' | 'isList' | 'isBase64'>;
  /** of the job with the output: what it costs, and who is told of its end */
  credits?: number;
  callback?: Pick<Callback, 'url' | 'origin'>;
}
