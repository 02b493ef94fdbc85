import { useState } from 'preact/hooks';
import { ask, reasonOf } from '../../app/api.ts';
import { address } from '../../app/router.ts';
import { useQuery } from '../../app/use-query.ts';
import { Action, act } from '../../parts/action.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { count } from '../../words.ts';

/** Of a webhook: sends the events of the log again from one on, or from a time on. The count comes before the deed. */
export function Replay({ id, receiver }: { id: string; receiver: string }) {
  const given = address.value.query.get('from') ?? '';
  const [asked, setAsked] = useState<{ from: number | string; events: number }>();
  const [problem, setProblem] = useState<string>();
  const [running, setRunning] = useState<string>();

  const countThem = async (event: SubmitEvent) => {
    event.preventDefault();
    const values = new FormData(event.target as HTMLFormElement);
    const from = fromOf(String(values.get('event')).trim(), String(values.get('time')));
    setProblem(from === undefined ? 'Give the number of an event, or a time.' : undefined);
    if (from === undefined) return;
    try {
      setAsked({ from, events: await ask('action', client => client.webhooks.countReplay(id, { from })) });
    } catch (error) {
      setProblem(reasonOf(error));
    }
  };
  const send = async ({ from }: { from: number | string }) => {
    setAsked(undefined);
    const made = await act('The events are being sent again.', client => client.webhooks.replay(id, { from }));
    setRunning(made?.replay);
  };

  return (
    <details open={given !== ''}>
      <summary>Send events again</summary>
      <form onSubmit={countThem}>
        <div class="row">
          <label>
            <span>From event number</span>
            <input name="event" type="number" min={1} defaultValue={given} aria-describedby={`replay-problem-${id}`} />
          </label>
          <label>
            <span>or from a time</span>
            <input name="time" type="datetime-local" aria-describedby={`replay-problem-${id}`} />
          </label>
        </div>
        <p id={`replay-problem-${id}`} class="problem" role="alert">
          {problem}
        </p>
        <button type="submit">Count the events</button>
      </form>
      {running && <Progress id={id} replay={running} />}
      {asked && (
        <Dialog
          title={asked.events === 0 ? 'No events to send' : `Send ${count(asked.events, 'event')} again?`}
          onClose={() => setAsked(undefined)}
        >
          <p>
            {asked.events === 0
              ? 'The log has no event from there on that this webhook is about.'
              : `${receiver} gets them in their order, with the ids that they had. It may have some already.`}
          </p>
          <div class="buttons">
            <button type="button" onClick={() => setAsked(undefined)}>
              Go back
            </button>
            {asked.events > 0 && (
              <button type="button" class="primary" onClick={() => send(asked)}>
                Send {count(asked.events, 'event')}
              </button>
            )}
          </div>
        </Dialog>
      )}
    </details>
  );
}

/** The number of an event comes first. */
function fromOf(event: string, time: string): number | string | undefined {
  if (event) return Number(event);
  return time ? new Date(time).toISOString() : undefined;
}

function Progress({ id, replay }: { id: string; replay: string }) {
  const { data } = useQuery(`replay ${replay}`, client => client.webhooks.getReplay(id, replay));
  if (!data) return null;
  const { events, done, failed, left } = data;
  return (
    <div class="replay">
      <p>
        {done} of {count(events, 'event')} delivered again{failed > 0 && `, ${failed} failed`}
        {left > 0 && `, ${left} to go`}.
      </p>
      {left > 0 && (
        <Action
          label="Stop"
          run={() => act('Stopped: the rest is not sent.', client => client.webhooks.stopReplay(id, replay))}
        />
      )}
    </div>
  );
}
