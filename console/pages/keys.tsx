import { useState } from 'preact/hooks';
import type { ClientKey } from '../../client/index.ts';
import { useQuery } from '../app/use-query.ts';
import { Action, act } from '../parts/action.tsx';
import { CopyLine } from '../parts/copy.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Page, Pending } from '../parts/page.tsx';
import { Ago, now, Time } from '../parts/time.tsx';
import { NewKey } from './keys/new-key.tsx';

const scopeWords: Record<string, string> = {
  print: 'print',
  read: 'look',
  admin: 'administer',
  preview: 'see documents',
};

export function Keys() {
  const { data, error, refresh } = useQuery('keys', client => client.keys(), 5000);
  const [secret, setSecret] = useState<string>();
  return (
    <Page
      title="Keys"
      lead="Each program and each person has a key of its own, so that one can be revoked without the others."
    >
      <NewKey onMade={setSecret} />
      {!data && <Pending error={error} retry={refresh} />}
      {data && (
        <table class="list">
          <caption class="unseen">Keys of this company</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">May</th>
              <th scope="col">Made</th>
              <th scope="col">Last used</th>
              <th scope="col">Ends</th>
              <th scope="col">Id</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {data.map(key => (
              <Row key={key.id} value={key} />
            ))}
          </tbody>
        </table>
      )}
      {secret && (
        <Dialog title="The new key" onClose={() => setSecret(undefined)}>
          <p>Copy it now: it is shown only this once.</p>
          <CopyLine text={secret} />
          <div class="buttons">
            <button type="button" class="primary" onClick={() => setSecret(undefined)}>
              I have kept it
            </button>
          </div>
        </Dialog>
      )}
    </Page>
  );
}

function Row({ value: { id, name, scopes, createdAt, expiresAt, lastUsedAt } }: { value: ClientKey }) {
  const isOver = expiresAt !== undefined && Date.parse(expiresAt) < now.value;
  return (
    <tr>
      <td data-label="Name" class="name">
        <span dir="auto">{name}</span>
      </td>
      <td data-label="May">{scopes.map(scope => scopeWords[scope] ?? scope).join(', ')}</td>
      <td data-label="Made">
        <Time time={createdAt} />
      </td>
      <td data-label="Last used">
        <LastUse at={lastUsedAt} />
      </td>
      <td data-label="Ends">
        {expiresAt ? (
          <span>
            {isOver && <strong>Over since </strong>}
            <Time time={expiresAt} />
          </span>
        ) : (
          <span class="quiet">when revoked</span>
        )}
      </td>
      <td data-label="Id" class="whole">
        <code>{id}</code>
      </td>
      <td>
        <Action
          label="Revoke"
          kind="danger"
          confirm={{
            title: `Revoke the key ${name}?`,
            text: (
              <>
                Programs that use it are refused from now on, which cannot be undone. Last used:{' '}
                <LastUse at={lastUsedAt} />.
              </>
            ),
            yes: 'Revoke the key',
          }}
          run={() => act(`The key ${name} is revoked.`, client => client.revokeKey(id))}
        />
      </td>
    </tr>
  );
}

/** Uses are noted at most once an hour, so that the last one may be later than its time. */
const noteMilliseconds = 60 * 60_000;

function LastUse({ at }: { at: string | undefined }) {
  if (!at) return <span class="quiet">not yet</span>;
  return now.value - Date.parse(at) < noteMilliseconds ? (
    <time dateTime={at}>within the last hour</time>
  ) : (
    <Ago time={at} />
  );
}
