import type { ClientJob } from '../../../client/index.ts';
import { durationText } from '../../format.ts';
import { stageOf } from '../../words.ts';
import { isDecision, isEnded } from '../jobs/query.ts';

/** Stages that a job passes in seconds, and after how long a person should know that it has not. */
const usualMilliseconds = 60_000;
const preparing = 1;

/** What a person should know beside the state, most useful first. */
export function highlightsOf(job: ClientJob, now: number): string[] {
  const texts = [...(job.warnings ?? [])];
  if (job.attempt > 1) texts.push(`This is attempt ${job.attempt}: the job was printed again after an earlier one.`);
  const last = job.history.at(-1);
  const age = last ? now - Date.parse(last.at) : 0;
  if (last && !isEnded(job) && age > usualMilliseconds && stageOf(last.state, last.reasons) === preparing) {
    texts.push(`It has been in preparation for ${durationText(age)}, which usually takes seconds.`);
  }
  const said = job.detail ?? (isDecision(job) ? job.message : undefined);
  if (said) texts.push(`In the words of the relay or printer: ${said}`);
  return texts;
}
