import type { Contract as Dialect, Job } from '../core/domain/job.ts';
import { cirrusprint } from './cirrusprint/routes.ts';
import type { Contract, Route } from './contract.ts';
import { callbackBody } from './pdfco/job-check.ts';
import { pdfco } from './pdfco/routes.ts';
import { endJson } from './platen/responses.ts';
import { platen } from './platen/routes.ts';
import { scriptx } from './scriptx/routes.ts';

/** All contracts. The last one answers for paths that no contract owns. */
export const contracts: Contract[] = [cirrusprint, scriptx, pdfco, platen];

/** All routes, for the gateway. */
export const routes: Route[] = contracts.flatMap(contract => contract.routes);

/** The body of a job's callback, in the dialects that have callbacks. */
export const endDescriptions: Partial<Record<Dialect, (job: Job, remaining: number | undefined) => string>> = {
  pdfco: callbackBody,
  platen: endJson,
};
