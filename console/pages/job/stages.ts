import type { ClientSharedJob } from '../../../client/index.ts';
import { outputStageNames, stageNames, stageOf } from '../../words.ts';
import { isEnded } from '../jobs/query.ts';

/** The way of a job as stages, made from its history, which its state is made from, too. */

/** What is known of a job also by its link. */
export type StagedJob = Omit<ClientSharedJob, 'sharedUntil'>;

export interface Stage {
  name: string;
  /** `skipped`: not needed; `cut`: the job ended in it; `missed`: the job ended before */
  state: 'done' | 'now' | 'open' | 'skipped' | 'cut' | 'missed';
  /** when it began and was over; milliseconds since 1970 */
  from?: number;
  until?: number;
}

const atPrinter = stageNames.indexOf('At the printer');

export function stagesOf(job: StagedJob): Stage[] {
  const names: readonly string[] = job.printer ? stageNames : outputStageNames;
  const last = names.length - 1;
  // a job that makes a file has no relay and no printer
  const steps = job.history.map(({ at, state, reasons }) => ({
    at: Date.parse(at),
    stage: Math.min(stageOf(state, reasons), last),
  }));
  const now = steps.at(-1)?.stage ?? 0;
  const reached = Math.max(0, ...steps.map(step => step.stage).filter(stage => stage < last));
  const isBroken = isEnded(job) && job.state !== 'completed';
  // a job that ended at the printer was there all the same
  const cut = isBroken && reached !== atPrinter ? reached : undefined;
  return names.map((name, stage): Stage => {
    const from = stage === 0 ? Date.parse(job.submittedAt) : steps.find(step => step.stage === stage)?.at;
    const until = steps.find(step => step.stage > stage)?.at;
    if (stage > now) return { name, state: 'open' };
    if (stage === cut) return { name, state: 'cut', from, until };
    if (stage < now) {
      const state = from !== undefined ? 'done' : isBroken && stage > reached ? 'missed' : 'skipped';
      return { name, state, from, until };
    }
    return { name, state: isEnded(job) ? 'done' : 'now', from };
  });
}
