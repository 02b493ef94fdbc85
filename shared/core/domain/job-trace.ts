import { type HistoryEntry, isFinal, type Job, type Standing } from './job.ts';

export const stageNames = [
  'uploading',
  'held',
  'queued',
  'preparing',
  'waiting-for-relay',
  'at-relay',
  'printing',
  'stopped',
  'unconfirmed',
  'completed',
  'canceled',
  'aborted',
] as const;

export type StageName = (typeof stageNames)[number];

const stages: Record<Standing, StageName> = {
  'pending-held/job-incoming': 'uploading',
  'pending-held/job-hold-until-specified': 'held',
  'pending/job-queued': 'queued',
  'processing/job-transforming': 'preparing',
  'pending/job-fetchable': 'waiting-for-relay',
  'processing/queued-in-device': 'at-relay',
  'processing/job-printing': 'printing',
  'processing-stopped/printer-stopped': 'stopped',
  'processing-stopped/delivery-unconfirmed': 'unconfirmed',
  'completed/job-completed-successfully': 'completed',
  'canceled/job-canceled-by-user': 'canceled',
  'aborted/aborted-by-system': 'aborted',
};

export interface Stage {
  stage: StageName;
  from: number;
  /** absent while the job is in it, and for its end */
  until?: number;
  milliseconds: number;
  reasons: string[];
  message?: string;
  actor?: string;
}

export interface JobTrace {
  job: Job;
  /** from submission to the end, or until now */
  milliseconds: number;
  stages: Stage[];
}

/** The stages that a job went through, with their times. What was requested within a stage is a row of its own. */
export function traceOf(job: Job, at: number): JobTrace {
  const end = job.endedAt ?? at;
  const stages = job.history.map((entry, index) => stageOf(entry, job.history[index + 1]?.at, end));
  return { job, milliseconds: Math.max(0, end - job.submittedAt), stages };
}

function stageOf(entry: HistoryEntry, until: number | undefined, end: number): Stage {
  const { at: from, standing, reasons, message, actor } = entry;
  const milliseconds = isFinal(entry) ? 0 : Math.max(0, (until ?? end) - from);
  return { stage: stages[standing], from, until, milliseconds, reasons, message, actor };
}
