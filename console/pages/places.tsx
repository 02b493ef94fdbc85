import { useState } from 'preact/hooks';
import type { ClientLocation, ClientRelay } from '../../client/index.ts';
import { isAdmin } from '../app/access.ts';
import { base } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { Action, act } from '../parts/action.tsx';
import { Badge } from '../parts/badge.tsx';
import { Page, Pending } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { Enrolment } from './places/enrolment.tsx';
import { NewPlace } from './places/new-place.tsx';

type Place = Omit<ClientLocation, 'printers'>;

export function Places() {
  const { data: places, error, refresh } = useQuery('places', client => client.locations());
  const { data: relays } = useQuery('relays', client => client.relays());
  return (
    <Page
      title="Places"
      lead="A place is a site with printers. One relay there fetches the jobs and prints them; it only makes outbound connections."
    >
      {!places && <Pending error={error} retry={refresh} />}
      <ul class="cards">
        {places?.map(place => (
          <PlaceCard
            key={place.location}
            place={place}
            relay={relays?.find(({ location }) => location === place.location)}
          />
        ))}
      </ul>
      {isAdmin.value && <NewPlace />}
    </Page>
  );
}

function PlaceCard({ place, relay }: { place: Place; relay: ClientRelay | undefined }) {
  const { location, name, online, lastSeen } = place;
  const [isEnrolling, setEnrolling] = useState(false);
  return (
    <li class="card">
      <h2>{name || location}</h2>
      {name !== location && <p class="quiet">{location}</p>}
      <p class="truth">
        <Badge tone={online ? 'good' : 'attention'}>{online ? 'online' : relay ? 'offline' : 'no relay yet'}</Badge>{' '}
        {lastSeen ? (
          <span>
            {online ? 'Its relay has been connected since ' : 'Its relay was last heard of at '}
            <Time time={lastSeen} />
          </span>
        ) : (
          <span>No relay has been here yet.</span>
        )}
      </p>
      <p>
        <a href={`${base}/jobs?location=${encodeURIComponent(location)}&state=active`}>Jobs that wait here</a>
      </p>
      {relay && (
        <p class="quiet">
          Relay {relay.relay.slice(0, 8)}, enrolled <Time time={relay.createdAt} />
        </p>
      )}
      {isAdmin.value && (
        <div class="buttons">
          <button type="button" onClick={() => setEnrolling(true)}>
            {relay ? 'Replace the relay' : 'Connect a relay'}
          </button>
          {relay && <Revoke relay={relay} />}
        </div>
      )}
      {isEnrolling && (
        <Enrolment location={location} replaces={relay !== undefined} onClose={() => setEnrolling(false)} />
      )}
    </li>
  );
}

const Revoke = ({ relay: { relay, location } }: { relay: ClientRelay }) => (
  <Action
    label="Revoke"
    kind="danger"
    confirm={{
      title: `Disconnect the relay of ${location} for good?`,
      text: 'Nothing is printed there until another relay is enrolled. Jobs that this relay has begun become unconfirmed.',
      yes: 'Revoke the relay',
    }}
    run={() => act(`The relay of ${location} is revoked.`, client => client.revokeRelay(relay))}
  />
);
