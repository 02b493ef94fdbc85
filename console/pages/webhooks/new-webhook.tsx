import { act } from '../../parts/action.tsx';

export const groupNames = new Map([
  ['job.*', 'Jobs'],
  ['printer.*', 'Printers'],
  ['location.*', 'Places'],
]);

export function NewWebhookForm({ onMade }: { onMade: (made: { secret?: string; publicKey?: string }) => void }) {
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const values = new FormData(form);
    const types = values.getAll('type').map(String);
    const webhook = {
      url: String(values.get('url')).trim(),
      name: String(values.get('name')).trim(),
      ...(types.length > 0 && { types }),
    };
    const made = await act('The webhook is made.', client => client.webhooks.create(webhook));
    if (!made) return;
    form.reset();
    onMade(made);
  };
  return (
    <details class="card">
      <summary>Make a new webhook</summary>
      <form onSubmit={create}>
        <div class="row">
          <label>
            <span>Address that is called</span>
            <input name="url" type="url" required placeholder="https://" autocomplete="off" />
          </label>
          <label>
            <span>Name for people</span>
            <input name="name" maxLength={255} autocomplete="off" />
          </label>
        </div>
        <fieldset>
          <legend>About</legend>
          {[...groupNames].map(([type, label]) => (
            <label key={type} class="choice">
              <input type="checkbox" name="type" value={type} /> {label}
            </label>
          ))}
        </fieldset>
        <p class="quiet">Without a choice: all but uploads and the progress of printing.</p>
        <button type="submit" class="primary">
          Make the webhook
        </button>
      </form>
    </details>
  );
}
