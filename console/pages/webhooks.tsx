import { useState } from 'preact/hooks';
import type { ClientWebhook, WebhookTest } from '../../client/index.ts';
import { isAdmin } from '../app/access.ts';
import { base } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { Action, act } from '../parts/action.tsx';
import { Badge } from '../parts/badge.tsx';
import { CopyLine } from '../parts/copy.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Page, Pending } from '../parts/page.tsx';
import { now, Time } from '../parts/time.tsx';
import { count, type Tone } from '../words.ts';
import { Deliveries } from './webhooks/deliveries.tsx';
import { groupNames, NewWebhookForm } from './webhooks/new-webhook.tsx';
import { Replay } from './webhooks/replay.tsx';

/** The secret or public key that an answer shows once. */
type Shown = { secret?: string; publicKey?: string };

export function Webhooks() {
  const { data, error, refresh } = useQuery('webhooks', client => client.webhooks.list());
  const [shown, setShown] = useState<Shown>();
  const lead = 'Platen calls these addresses when something happens. Receivers check the signature of each call.';
  return (
    <Page title="Webhooks" lead={lead} actions={<a href={`${base}/events`}>Show the events</a>}>
      {isAdmin.value && <NewWebhookForm onMade={setShown} />}
      {!data && <Pending error={error} retry={refresh} />}
      {data?.length === 0 && <p class="empty">No webhook yet.</p>}
      <ul class="sendings">
        {data?.map(webhook => (
          <Card key={webhook.id} webhook={webhook} onSecret={setShown} />
        ))}
      </ul>
      {shown && (
        <Dialog title={shown.secret ? 'The secret' : 'The public key'} onClose={() => setShown(undefined)}>
          <p>Copy it now to the receiver: it is shown only this once.</p>
          <CopyLine text={shown.secret ?? shown.publicKey ?? ''} />
          <div class="buttons">
            <button type="button" class="primary" onClick={() => setShown(undefined)}>
              I have kept it
            </button>
          </div>
        </Dialog>
      )}
    </Page>
  );
}

/** `job.*` as `jobs`; single types as the API names them. */
const typeName = (type: string) => groupNames.get(type)?.toLowerCase() ?? type;

const tones: Record<ClientWebhook['state'], Tone> = { active: 'good', paused: 'quiet', disabled: 'bad' };

function Card({ webhook, onSecret }: { webhook: ClientWebhook; onSecret: (shown: Shown) => void }) {
  const { id, name, url, state, disabledReason, lastSuccessAt, lastFailure, waiting, nextTryAt, types } = webhook;
  return (
    <li class="card">
      <h2 dir="auto">{name || url}</h2>
      {name && <p class="quiet">{url}</p>}
      <p class="truth">
        <Badge tone={tones[state]}>{disabledReason ? `${state}: ${disabledReason}` : state}</Badge>
        <span>
          {waiting > 0 ? `${count(waiting, 'event')} to deliver.` : 'Everything is delivered.'}
          {nextTryAt && Date.parse(nextTryAt) > now.value && (
            <>
              {' '}
              Next try <Time time={nextTryAt} />.
            </>
          )}
        </span>
      </p>
      <p class="quiet">
        Gets events about {types?.map(typeName).join(', ') ?? 'all but uploads and the progress of printing'}.
      </p>
      {lastSuccessAt && (
        <p>
          Last delivered <Time time={lastSuccessAt} />
        </p>
      )}
      {lastFailure && (
        <p>
          Last failure <Time time={lastFailure.at} />: {lastFailure.message}
        </p>
      )}
      <div class="buttons">
        <Action label="Send a test" run={() => sendTest(id)} />
        {state === 'disabled' ? (
          <Action label="Enable" kind="primary" run={() => act('Enabled.', client => client.webhooks.enable(id))} />
        ) : (
          <Action label={state === 'active' ? 'Pause' : 'Resume'} run={() => toggle(webhook)} />
        )}
        <Action
          label="New secret"
          confirm={{
            title: 'Make a new secret?',
            text: 'The old one signs beside it for 24 hours, so that the receiver can be changed meanwhile.',
            yes: 'Make a new secret',
          }}
          run={() => rotate(id, onSecret)}
        />
        <Action
          label="Delete"
          kind="danger"
          confirm={{
            title: `Delete the webhook ${name || url}?`,
            text: 'What waits for it is not delivered.',
            yes: 'Delete the webhook',
          }}
          run={() => act('Deleted.', client => client.webhooks.delete(id))}
        />
      </div>
      <Deliveries id={id} />
      {state !== 'disabled' && <Replay id={id} receiver={name || url} />}
    </li>
  );
}

const sendTest = (id: string) =>
  act(
    ({ status, milliseconds, error }: WebhookTest) =>
      error ? `The receiver could not be reached: ${error}` : `The receiver answered ${status} in ${milliseconds} ms.`,
    client => client.webhooks.test(id),
  );

const toggle = ({ id, state }: ClientWebhook) =>
  act(state === 'active' ? 'Paused: events are kept for later.' : 'Resumed.', client =>
    client.webhooks.update(id, { state: state === 'active' ? 'paused' : 'active' }),
  );

async function rotate(id: string, onSecret: (shown: Shown) => void): Promise<void> {
  const made = await act('There is a new secret.', client => client.webhooks.rotate(id));
  if (made) onSecret(made);
}
