import type { ClientLocation, ClientPrinter } from '../../client/index.ts';
import { isAdmin } from '../app/access.ts';
import { connection } from '../app/connection.ts';
import { base } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { Badge } from '../parts/badge.tsx';
import { Page, Pending } from '../parts/page.tsx';
import { Age, Ago, now, Time } from '../parts/time.tsx';
import { ActiveSwitch } from './printers/active-switch.tsx';
import type { Queue } from './printers/queue.ts';
import { QueueText } from './printers/queue-text.tsx';
import { useTaken } from './printers/taken.ts';
import { isMute, placeOf, stalenessOf, truthOf } from './printers/truth.ts';
import { useQueues } from './printers/use-queues.ts';

export function Printers() {
  const { data: printers, error, refresh } = useQuery('printers', client => client.printers());
  const { data: places } = useQuery('places', client => client.locations());
  const queues = useQueues();
  const taken = useTaken(printers?.some(isMute) ? {} : undefined);
  return (
    <Page
      title="Printers"
      lead="What each printer does now, and how that is known. Relays ask their printers every half minute."
    >
      {!printers && <Pending error={error} retry={refresh} />}
      {printers?.length === 0 && (
        <div class="empty">
          <p>There are no printers yet. A relay registers the printers beside it.</p>
          <p>
            <a href={`${base}/places`}>Connect a relay</a>
          </p>
        </div>
      )}
      <ul class="cards">
        {printers?.map(printer => (
          <Card
            key={printer.printer}
            printer={printer}
            place={placeOf(printer.printer, places)}
            queue={queues?.get(printer.printer)}
            tookAt={taken?.get(printer.printer)}
          />
        ))}
      </ul>
    </Page>
  );
}

interface CardProps {
  printer: ClientPrinter;
  place: Omit<ClientLocation, 'printers'> | undefined;
  queue: Queue | undefined;
  tookAt?: string;
}

function Card({ printer, place, queue, tookAt }: CardProps) {
  return (
    <li class="card">
      <h2>
        <a href={`${base}/printers/${encodeURIComponent(printer.printer)}`}>{printer.name || printer.printer}</a>
      </h2>
      {printer.name && printer.name !== printer.printer && <p class="quiet">{printer.printer}</p>}
      <TruthLine printer={printer} place={place} tookAt={tookAt} />
      <p>
        {queue ? (
          <a href={`${base}/jobs?state=active&printer=${encodeURIComponent(printer.printer)}`}>
            <QueueText queue={queue} />
          </a>
        ) : (
          <span class="quiet">No open jobs.</span>
        )}
      </p>
      {isAdmin.value ? (
        <ActiveSwitch printer={printer} />
      ) : (
        <p class="quiet">{printer.active ? 'Accepts jobs' : 'Refuses jobs: it is switched off here'}</p>
      )}
    </li>
  );
}

export function TruthLine({ printer, place, tookAt: taken }: Omit<CardProps, 'queue'>) {
  const stale = stalenessOf(connection.value, now.value);
  const { word, tone, why, since, lastHeardAt, tookAt } = truthOf(printer, place, { stale, tookAt: taken });
  return (
    <p class="truth">
      <Badge tone={tone}>{word}</Badge>{' '}
      <span>
        {why}
        {since && (
          <span class="quiet">
            {' '}
            Unchanged for <Age since={since} />.
          </span>
        )}
        {tookAt && (
          <>
            {' '}
            It took a job at <Time time={tookAt} />.
          </>
        )}
        {lastHeardAt && (
          <>
            {' '}
            Last heard of <Ago time={lastHeardAt} />.
          </>
        )}
      </span>
    </p>
  );
}
