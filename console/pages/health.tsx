import { base } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { Badge } from '../parts/badge.tsx';
import { Page, Pending } from '../parts/page.tsx';
import { Ago } from '../parts/time.tsx';
import { count } from '../words.ts';
import { queuesOf } from './printers/queue.ts';

export function Health() {
  const { data: places, error, refresh } = useQuery('places', client => client.locations());
  const { data: active } = useQuery('active', (client, signal) =>
    client.jobPage({ state: 'active', limit: 100 }, signal),
  );
  const queues = [...queuesOf(active?.jobs ?? [])];
  const offline = places?.filter(({ online }) => !online) ?? [];
  return (
    <Page title="Health" lead="Whether jobs get through, and where they wait.">
      {!places && <Pending error={error} retry={refresh} />}
      {places && (
        <section class="card">
          <h2>Relays</h2>
          <p class="truth">
            <Badge tone={offline.length === 0 ? 'good' : 'attention'}>
              {offline.length === 0 ? 'all connected' : `${offline.length} of ${places.length} not connected`}
            </Badge>
          </p>
          {offline.map(({ location, lastSeen }) => (
            <p key={location}>
              <a href={`${base}/places`}>{location}</a>:{' '}
              {lastSeen ? (
                <>
                  last heard of <Ago time={lastSeen} />
                </>
              ) : (
                'no relay has been there yet'
              )}
            </p>
          ))}
        </section>
      )}
      {active && (
        <section class="card">
          <h2>Jobs that wait</h2>
          {queues.length === 0 && <p class="quiet">None: everything has been printed.</p>}
          <ul>
            {queues.map(([printer, { jobs }]) => (
              <li key={printer}>
                <a href={`${base}/printers/${encodeURIComponent(printer)}`}>{printer}</a>: {count(jobs.length, 'job')}
                {jobs[0] && (
                  <>
                    , the oldest from <Ago time={jobs[0].submittedAt} />
                  </>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
    </Page>
  );
}
