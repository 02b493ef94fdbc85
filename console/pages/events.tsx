import type { PlatenEvent } from '../../client/index.ts';
import { isAdmin } from '../app/access.ts';
import { address, base, go, withQuery } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { Page, Pending } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { sentence } from '../words.ts';

const groups = [
  ['', 'Everything'],
  ['job.*', 'Jobs'],
  ['printer.*', 'Printers'],
  ['location.*', 'Places'],
  ['relay.*', 'Relays'],
  ['webhook.*', 'Webhooks'],
] as const;

const shown = 100;
const seldom = 30_000;

/** What happened, newest first. Programs read the same log. */
export function Events() {
  const group = address.value.query.get('types') ?? '';
  const { data, error, refresh } = useQuery(`events ${group}`, client =>
    client.listEvents({ limit: shown, ...(group && { types: [group] }) }),
  );
  const { data: webhooks } = useQuery('webhooks', isAdmin.value ? client => client.webhooks.list() : undefined, seldom);
  const mayReplay = (webhooks?.length ?? 0) > 0;
  return (
    <Page title="Events" lead="What happened to jobs, printers and places, newest first. It is kept for 30 days.">
      <form class="filters" onSubmit={event => event.preventDefault()}>
        <label>
          <span>About</span>
          <select
            value={group}
            onChange={event => go(withQuery({ types: event.currentTarget.value }), { replace: true })}
          >
            {groups.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </form>
      {!data && <Pending error={error} retry={refresh} />}
      {data?.events.length === 0 && <p class="empty">Nothing has happened yet.</p>}
      {data && data.events.length > 0 && (
        <table class="list">
          <caption class="unseen">Events, newest first</caption>
          <thead>
            <tr>
              <th scope="col" aria-sort="descending">
                Time
              </th>
              <th scope="col">What</th>
              <th scope="col">About</th>
              <th scope="col">Number</th>
              {mayReplay && <td />}
            </tr>
          </thead>
          <tbody>
            {data.events.toReversed().map(event => (
              <Row key={event.id} event={event} mayReplay={mayReplay} />
            ))}
          </tbody>
        </table>
      )}
    </Page>
  );
}

const Row = ({ event, mayReplay }: { event: PlatenEvent; mayReplay: boolean }) => (
  <tr>
    <td data-label="Time" class="whole">
      <Time time={event.timestamp} />
    </td>
    <td data-label="What">{wordsOf(event.type)}</td>
    <td data-label="About" class="name">
      <span dir="auto">
        <Subject event={event} />
      </span>
    </td>
    <td data-label="Number">{event.sequence}</td>
    {mayReplay && (
      <td>
        <a href={`${base}/webhooks?from=${event.sequence}`}>
          Send again<span class="unseen"> from event {event.sequence}</span> from here
        </a>
      </td>
    )}
  </tr>
);

function Subject({ event: { type, subject, data } }: { event: PlatenEvent }) {
  if (data.job) return <a href={`${base}/jobs/${subject}`}>{data.job.name}</a>;
  if (type.startsWith('location.')) return <a href={`${base}/places`}>{subject}</a>;
  if (type.startsWith('relay.')) return <span>{subject.slice(0, 8)}</span>;
  if (type.startsWith('printer.')) return <a href={`${base}/printers/${encodeURIComponent(subject)}`}>{subject}</a>;
  return <span>{subject}</span>;
}

/** `job.at_relay` as `Job at relay`; pages call locations places. */
const wordsOf = (type: string) => sentence(type.replace(/^location/, 'place').replace(/[._]/g, ' '));
