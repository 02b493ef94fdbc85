import type { ClientJob } from '../../../client/index.ts';
import { Badge } from '../../parts/badge.tsx';
import { type Tone, toneOfState } from '../../words.ts';
import { isDecision } from './query.ts';

/** A job that waits for paper is still pending for the service, and needs a person all the same. */
export function toneOf(job: Pick<ClientJob, 'state' | 'reasons' | 'summary'>): Tone {
  if (isDecision(job)) return 'decision';
  const isStopped = /^(needs|paper jam|printer (off|paused))/.test(job.summary);
  return isStopped ? 'attention' : toneOfState(job.state);
}

export const JobBadge = ({ job }: { job: ClientJob }) => (
  <Badge tone={toneOf(job)}>{isDecision(job) ? 'may have printed' : job.summary}</Badge>
);
