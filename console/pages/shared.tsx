import { ClientError } from '../../client/index.ts';
import { StaleNotice } from '../app/top-bar.tsx';
import { useQuery } from '../app/use-query.ts';
import { LiveRegion } from '../parts/announce.tsx';
import { Page, Pending } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { StageLine } from './job/stage-line.tsx';
import { Whereabouts } from './job/whereabouts.tsx';

export const sharedPath = '/shared';
/** A link may be open in many browsers, and their calls have no key that could be limited. */
const everyMilliseconds = 5000;

/** A job for people without a key, by the token in the fragment of the address. */
export function SharedJob() {
  const token = location.hash.slice(1);
  return (
    <>
      <header class="top">
        <strong class="brand">Platen</strong>
      </header>
      <main id="main" class="alone">
        <StaleNotice />
        <Shown key={token} token={token} />
      </main>
      <LiveRegion />
    </>
  );
}

function Shown({ token }: { token: string }) {
  const {
    data: job,
    error,
    refresh,
  } = useQuery(`shared ${token}`, (client, signal) => client.sharedJob(token, signal), everyMilliseconds);
  const isOver = error instanceof ClientError && error.status === 404;
  if (isOver || !token) {
    return (
      <Page title="This link shows nothing">
        <p>It has expired, is not complete, or its job is no longer kept. Ask the person who sent it for a new one.</p>
      </Page>
    );
  }
  if (!job) {
    return (
      <Page title="Print job">
        <Pending error={error} retry={refresh} />
      </Page>
    );
  }
  return (
    <Page title={job.name} lead={job.printer && `On the printer ${job.printer}`}>
      <Whereabouts job={job} />
      <StageLine job={job} />
      <p class="quiet">
        Submitted <Time time={job.submittedAt} />. This page shows only where this job is. It works until{' '}
        <Time time={job.sharedUntil} />.
      </p>
    </Page>
  );
}
