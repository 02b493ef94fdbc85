import { durationText } from '../../format.ts';
import { Icon, type IconName } from '../../parts/icons.tsx';
import { Age, Clock } from '../../parts/time.tsx';
import { sentence } from '../../words.ts';
import { toneOf } from '../jobs/job-badge.tsx';
import { isEnded } from '../jobs/query.ts';
import { type Stage, type StagedJob, stagesOf } from './stages.ts';

export function StageLine({ job }: { job: StagedJob }) {
  const stages = stagesOf(job);
  return (
    <section aria-label="The way of this job">
      <h2 class="unseen">The way of this job</h2>
      <ol class="stages">
        {stages.map((stage, index) => (
          <StageStep key={stage.name} stage={stage} job={job} isLast={index === stages.length - 1} />
        ))}
      </ol>
    </section>
  );
}

const stateWords: Record<Stage['state'], string> = {
  done: 'done',
  now: 'now',
  open: 'not yet',
  skipped: 'not needed',
  cut: 'not completed',
  missed: 'not reached',
};

const isPassedOver = ({ state }: Stage) => ['skipped', 'cut', 'missed'].includes(state);

function StageStep({ stage, job, isLast }: { stage: Stage; job: StagedJob; isLast: boolean }) {
  const isEnd = isLast && isEnded(job);
  const tone = stage.state === 'now' || isEnd ? toneOf(job) : undefined;
  const icon: IconName = tone ?? (stage.state === 'done' ? 'good' : isPassedOver(stage) ? 'quiet' : 'waiting');
  return (
    <li class={`stage ${stage.state} ${tone ?? ''}`}>
      <Icon name={icon} />
      <strong>{isEnd ? sentence(job.summary) : stage.name}</strong>
      <span class="unseen"> ({stateWords[stage.state]})</span>
      <span class="when">
        {stage.from !== undefined && <Clock time={stage.from} />}
        {stage.state === 'now' && stage.from !== undefined && (
          <>
            {' '}
            for <Age since={stage.from} />
          </>
        )}
        {stage.from !== undefined &&
          (stage.until ?? stage.from) > stage.from &&
          `, took ${durationText((stage.until ?? 0) - stage.from)}`}
        {isPassedOver(stage) && `${stage.from === undefined ? '' : ': '}${stateWords[stage.state]}`}
      </span>
    </li>
  );
}
