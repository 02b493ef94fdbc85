import { useState } from 'preact/hooks';
import { act } from '../../parts/action.tsx';

const scopes = [
  ['print', 'Print, cancel and look: for programs that print'],
  ['read', 'Look only: for displays and monitoring'],
  ['preview', 'See pages of documents'],
  ['admin', 'Administer: printers, places and keys; see pages of documents'],
] as const;

const dayMilliseconds = 86_400_000;

export function NewKey({ onMade }: { onMade: (secret: string) => void }) {
  const [problem, setProblem] = useState<string>();
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const values = new FormData(form);
    const chosen = scopes.map(([scope]) => scope).filter(scope => values.getAll('scope').includes(scope));
    setProblem(chosen.length === 0 ? 'Choose at least one thing that the key may do.' : undefined);
    if (chosen.length === 0) return;
    const days = Number(values.get('days'));
    const expiresAt = days > 0 ? new Date(Date.now() + days * dayMilliseconds).toISOString() : undefined;
    const name = String(values.get('name')).trim();
    const made = await act('The key is made.', client => client.createKey(name, { scopes: chosen, expiresAt }));
    if (!made) return;
    form.reset();
    onMade(made.key);
  };
  return (
    <details class="card">
      <summary>Make a new key</summary>
      <form onSubmit={create}>
        <label for="key-name">Who or what uses it</label>
        <input id="key-name" name="name" required maxLength={255} autocomplete="off" />
        <fieldset aria-describedby="scope-problem">
          <legend>It may</legend>
          {scopes.map(([scope, text]) => (
            <label key={scope} class="choice">
              <input type="checkbox" name="scope" value={scope} defaultChecked={scope === 'print'} /> {text}
            </label>
          ))}
        </fieldset>
        <p id="scope-problem" class="problem" role="alert">
          {problem}
        </p>
        <label for="key-days">It ends</label>
        <select id="key-days" name="days">
          <option value="0">when it is revoked</option>
          <option value="1">after a day</option>
          <option value="30">after 30 days</option>
          <option value="365">after a year</option>
        </select>
        <button type="submit" class="primary">
          Make the key
        </button>
      </form>
    </details>
  );
}
