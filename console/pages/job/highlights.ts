import type { ClientJob } from '../../../client/index.ts';
import { durationText } from '../../format.ts';

/** After how long a person should know of a preparation that has not ended. */
const usualMilliseconds = 60_000;
const preparations = ['job-queued', 'job-transforming'];

/** What a person should know beside the state, most useful first. */
export function highlightsOf(job: ClientJob, now: number): string[] {
  const texts = [...(job.warnings ?? [])];
  if (job.attempt > 1) texts.push(`This is attempt ${job.attempt}: the job was printed again after an earlier one.`);
  const last = job.history.at(-1);
  const age = last ? now - Date.parse(last.at) : 0;
  if (age > usualMilliseconds && preparations.includes(last?.reasons[0] ?? '')) {
    texts.push(`It has been in preparation for ${durationText(age)}, which usually takes seconds.`);
  }
  return texts;
}
