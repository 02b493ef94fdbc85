import { useState } from 'preact/hooks';
import type { ClientLocation, ClientRelay } from '../../client/index.ts';
import { isAdmin } from '../app/access.ts';
import { base } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { Action, act } from '../parts/action.tsx';
import { Badge } from '../parts/badge.tsx';
import { Page, Pending } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { Enrolment, type Invited } from './places/enrolment.tsx';
import { NewPlace } from './places/new-place.tsx';

type Place = Omit<ClientLocation, 'printers'>;

export function Places() {
  const { data: places, error, refresh } = useQuery('places', client => client.locations());
  const { data: relays } = useQuery('relays', client => client.relays());
  return (
    <Page
      title="Places"
      lead="A place is a site with printers. One relay there fetches the jobs and prints them, and a second one may take over when it is offline. Relays only make outbound connections."
    >
      {!places && <Pending error={error} retry={refresh} />}
      <ul class="cards">
        {places?.map(place => (
          <PlaceCard
            key={place.location}
            place={place}
            relays={relays?.filter(({ location }) => location === place.location) ?? []}
          />
        ))}
      </ul>
      {isAdmin.value && <NewPlace />}
    </Page>
  );
}

function PlaceCard({ place, relays }: { place: Place; relays: ClientRelay[] }) {
  const { location, name, online, lastSeen } = place;
  const [invited, setInvited] = useState<Invited>();
  const hasRelay = relays.length > 0;
  return (
    <li class="card">
      <h2>{name || location}</h2>
      {name !== location && <p class="quiet">{location}</p>}
      <p class="truth">
        <Badge tone={online ? 'good' : 'attention'}>{online ? 'online' : hasRelay ? 'offline' : 'no relay yet'}</Badge>{' '}
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
      {relays.map(relay => (
        <RelayLine key={relay.relay} relay={relay} isAlone={relays.length === 1} />
      ))}
      {isAdmin.value && (
        <div class="buttons">
          <button type="button" onClick={() => setInvited(hasRelay ? 'replacement' : 'first')}>
            {hasRelay ? 'Replace the relay' : 'Connect a relay'}
          </button>
          {relays.length === 1 && (
            <button type="button" onClick={() => setInvited('standby')}>
              Add a standby
            </button>
          )}
        </div>
      )}
      {invited && <Enrolment location={location} invited={invited} onClose={() => setInvited(undefined)} />}
    </li>
  );
}

/** Which relay, whether it prints or waits, and since when. */
function RelayLine({ relay, isAlone }: { relay: ClientRelay; isAlone: boolean }) {
  const { relay: id, role, since, online, createdAt } = relay;
  return (
    <div class="quiet">
      Relay {id.slice(0, 8)}
      {isAlone ? ', enrolled ' : `, ${role}, ${online ? 'online' : 'offline'}, ${role} since `}
      <Time time={isAlone ? createdAt : (since ?? createdAt)} />{' '}
      {isAdmin.value && <Revoke relay={relay} isAlone={isAlone} />}
    </div>
  );
}

function Revoke({ relay: { relay, location, role }, isAlone }: { relay: ClientRelay; isAlone: boolean }) {
  const rest = isAlone
    ? 'Nothing is printed there until another relay is enrolled.'
    : role === 'active'
      ? 'The standby prints from then on.'
      : 'Nothing is printed there when the active relay is offline.';
  return (
    <Action
      label="Revoke"
      kind="danger"
      confirm={{
        title: `Disconnect the ${isAlone ? '' : `${role} `}relay of ${location} for good?`,
        text: `${rest} Jobs that this relay has begun become unconfirmed.`,
        yes: 'Revoke the relay',
      }}
      run={() => act(`The relay of ${location} is revoked.`, client => client.revokeRelay(relay))}
    />
  );
}
