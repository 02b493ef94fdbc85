import type { ComponentChildren } from 'preact';
import type { ClientJob } from '../../../client/index.ts';
import { Icon } from '../../parts/icons.tsx';
import { Prose } from '../../parts/prose.tsx';
import { sentence } from '../../words.ts';
import { toneOf } from '../jobs/job-badge.tsx';
import { causeOf, isDecision, nextOf } from '../jobs/query.ts';
import type { StagedJob } from './stages.ts';

/** One sentence, why, and what happens next. */
export function Whereabouts({
  job,
  children,
}: {
  job: StagedJob & Pick<ClientJob, 'detail' | 'supersededBy'>;
  children?: ComponentChildren;
}) {
  const tone = toneOf(job);
  const [cause, next] = [causeOf(job), nextOf(job)];
  return (
    <section class={`sentence ${tone}`} aria-label="Where this job is">
      <Icon name={tone} />
      <div>
        <p class="what">{isDecision(job) ? 'It may have printed' : sentence(job.summary)}</p>
        {cause && (
          <p>
            <Prose text={sentence(cause)} />
          </p>
        )}
        {children}
        {next && (
          <p class="next">
            <Prose text={next} />
          </p>
        )}
      </div>
    </section>
  );
}
