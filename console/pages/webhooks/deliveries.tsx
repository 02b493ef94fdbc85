import { useState } from 'preact/hooks';
import { useQuery } from '../../app/use-query.ts';
import { Badge } from '../../parts/badge.tsx';
import { Pending } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';

const rarely = 5000;

/** The tries of the last seven days, asked for only when they are opened. */
export function Deliveries({ id }: { id: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>Deliveries of the last seven days</summary>
      {isOpen && <Tries id={id} />}
    </details>
  );
}

function Tries({ id }: { id: string }) {
  const { data, error, refresh } = useQuery(`deliveries ${id}`, client => client.webhooks.deliveries(id), rarely);
  if (!data) return <Pending error={error} retry={refresh} />;
  if (data.deliveries.length === 0) return <p class="quiet">None yet.</p>;
  return (
    <table class="list">
      <caption class="unseen">Tries, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Result</th>
          <th scope="col">Attempt</th>
          <th scope="col">Answer</th>
        </tr>
      </thead>
      <tbody>
        {data.deliveries.map(({ event, at, attempt, state, status, milliseconds, error: reason }) => (
          <tr key={`${event} ${at}`}>
            <td data-label="Time">
              <Time time={at} />
            </td>
            <td data-label="Result">
              <Badge tone={state === 'delivered' ? 'good' : 'bad'}>{state}</Badge>
            </td>
            <td data-label="Attempt">{attempt}</td>
            <td data-label="Answer">
              {reason ?? status} in {milliseconds} ms
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
