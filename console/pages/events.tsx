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

/** What happened, newest first. Programs read the same log. */
export function Events() {
  const group = address.value.query.get('types') ?? '';
  const { data, error, refresh } = useQuery(`events ${group}`, client =>
    client.listEvents({ limit: shown, ...(group && { types: [group] }) }),
  );
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
              {isAdmin.value && <td />}
            </tr>
          </thead>
          <tbody>
            {data.events.toReversed().map(event => (
              <Row key={event.id} event={event} />
            ))}
          </tbody>
        </table>
      )}
    </Page>
  );
}

const Row = ({ event }: { event: PlatenEvent }) => (
  <tr>
    <td data-label="Time" class="whole">
      <Time time={event.timestamp} />
    </td>
    <td data-label="What">{wordsOf(event.type)}</td>
    <td data-label="About" class="name" dir="auto">
      <Subject event={event} />
    </td>
    <td data-label="Number">{event.sequence}</td>
    {isAdmin.value && (
      <td>
        <a href={`${base}/webhooks?from=${event.sequence}`}>
          Send from here<span class="unseen"> on, event {event.sequence},</span> again
        </a>
      </td>
    )}
  </tr>
);

function Subject({ event: { type, subject, data } }: { event: PlatenEvent }) {
  if (data.job) return <a href={`${base}/jobs/${subject}`}>{data.job.name}</a>;
  if (type.startsWith('printer.')) return <a href={`${base}/printers/${encodeURIComponent(subject)}`}>{subject}</a>;
  return <span>{subject}</span>;
}

/** `job.at_relay` as `Job at relay`. */
const wordsOf = (type: string) => sentence(type.replace(/[._]/g, ' '));
