import { type Readiness, readiness, serviceVersion } from '../app/api.ts';
import { base } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { Badge } from '../parts/badge.tsx';
import { Page, Pending } from '../parts/page.tsx';
import { Ago } from '../parts/time.tsx';
import { QueueText } from './printers/queue-text.tsx';
import { useQueues } from './printers/use-queues.ts';

const rarely = 5000;

export function Health() {
  const { data: server, error, refresh } = useQuery('readiness', async () => ({ state: await readiness() }), rarely);
  const { data: version } = useQuery('version', serviceVersion, 60_000);
  return (
    <Page title="Health" lead="Whether jobs get through, and where they wait.">
      {!server && <Pending error={error} retry={refresh} />}
      {server && (server.state ? <Server state={server.state} /> : <ElsewhereMonitored />)}
      <Relays />
      <WaitingJobs />
      <p class="quiet">Platen {version}</p>
    </Page>
  );
}

const checkNames: Record<string, string> = {
  database: 'Database',
  disk: 'Disk space',
  broker: 'Connections of relays',
  relay: 'Relay of this machine',
};

const Server = ({ state: { checks, warnings = [] } }: { state: Readiness }) => (
  <section class="card">
    <h2>Server</h2>
    <ul class="checks">
      {Object.entries(checks).map(([name, result]) => (
        <li key={name} class="truth">
          <Badge tone={result === 'ok' ? 'good' : 'bad'}>{result === 'ok' ? 'ok' : 'failed'}</Badge>
          <span>
            {checkNames[name] ?? name}
            {result !== 'ok' && `: ${result}`}
          </span>
        </li>
      ))}
      {warnings.map(text => (
        <li key={text} class="truth">
          <Badge tone="attention">warning</Badge>
          <span>{text}</span>
        </li>
      ))}
    </ul>
  </section>
);

const ElsewhereMonitored = () => (
  <p class="quiet">In AWS, queues, dead letters and errors are on the CloudWatch dashboard of this installation.</p>
);

function Relays() {
  const { data: places } = useQuery('places', client => client.locations());
  if (!places) return null;
  const offline = places.filter(({ online }) => !online);
  return (
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
  );
}

function WaitingJobs() {
  const queues = useQueues();
  if (!queues) return null;
  return (
    <section class="card">
      <h2>Open jobs</h2>
      {queues.size === 0 && <p class="quiet">None.</p>}
      <ul>
        {[...queues].map(([printer, queue]) => (
          <li key={printer}>
            <a href={`${base}/printers/${encodeURIComponent(printer)}`}>{printer}</a>: <QueueText queue={queue} />
          </li>
        ))}
      </ul>
    </section>
  );
}
