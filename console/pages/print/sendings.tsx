import { base } from '../../app/router.ts';
import { useQuery } from '../../app/use-query.ts';
import { durationText, octetsText } from '../../format.ts';
import { Prose } from '../../parts/prose.tsx';
import { now } from '../../parts/time.tsx';
import { JobBadge } from '../jobs/job-badge.tsx';
import { causeOf } from '../jobs/query.ts';
import { carryOn, drop, pause, type Sending, sendings } from './sending.ts';

/** What was sent from this page, until it is taken off. */
export const Sendings = () =>
  sendings.value.length > 0 && (
    <section aria-label="Sent from here">
      <ul class="sendings">
        {sendings.value.map(sending => (
          <SendingRow key={sending.id} sending={sending} />
        ))}
      </ul>
    </section>
  );

function SendingRow({ sending }: { sending: Sending }) {
  const { id, name, state, octets, sentOctets, jobs, problem } = sending;
  const isMoving = state === 'uploading' || state === 'submitting';
  return (
    <li class="card sending">
      <strong dir="auto">{name}</strong>
      {state !== 'sent' && octets > 0 && (
        <progress max={octets} value={sentOctets} aria-label={`Upload of ${name}`}>
          {Math.round((sentOctets / octets) * 100)} %
        </progress>
      )}
      <p class={problem ? 'problem' : ''}>{problem ?? progressText(sending)}</p>
      {jobs.map(job => (
        <SentJob key={job} id={job} />
      ))}
      <div class="buttons">
        {state === 'uploading' && octets > 0 && (
          <button type="button" onClick={() => pause(id)}>
            Pause
          </button>
        )}
        {(state === 'paused' || state === 'failed') && (
          <button type="button" class="primary" onClick={() => carryOn(id)}>
            {state === 'paused' ? 'Continue' : 'Try again'}
          </button>
        )}
        <button type="button" class="plain" onClick={() => drop(id)}>
          {isMoving ? 'Stop' : 'Remove from this list'}
          <span class="unseen"> {name}</span>
        </button>
      </div>
    </li>
  );
}

function progressText({ state, octets, sentOctets, run }: Sending): string {
  if (state === 'sent') return 'Sent.';
  if (state === 'submitting' || octets === 0) return 'Being handed over…';
  const amount = `${octetsText(sentOctets)} of ${octetsText(octets)}`;
  if (state === 'paused') return `Paused at ${amount}.`;
  const seconds = (now.value - run.at) / 1000;
  const speed = (sentOctets - run.sentOctets) / Math.max(seconds, 1);
  if (speed <= 0) return amount;
  return `${amount}, ${octetsText(speed)} a second, ${durationText(((octets - sentOctets) / speed) * 1000)} left`;
}

/** Watched to paper. */
function SentJob({ id }: { id: string }) {
  const { data: job } = useQuery(`job ${id}`, (client, signal) => client.job(id, signal));
  return (
    <p>
      {job ? <JobBadge job={job} /> : 'Waiting for its state'}{' '}
      <a href={`${base}/jobs/${id}`}>{job?.printer ?? 'Show the job'}</a>
      <span class="quiet">
        {' '}
        <Prose text={(job && causeOf(job)) ?? ''} />
      </span>
    </p>
  );
}
