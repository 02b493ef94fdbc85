import type { ClientPrinter } from '../../../client/index.ts';
import { act } from '../../parts/action.tsx';

/** What an administrator decides about a printer. */
export function PrinterSettings({ printer }: { printer: ClientPrinter }) {
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const changes = {
      name: String(form.get('name')).trim() || printer.printer,
      notes: String(form.get('notes')),
      unconfirmedPolicy: form.get('policy') as ClientPrinter['unconfirmedPolicy'],
    };
    await act('Saved.', client => client.updatePrinter(printer.printer, changes));
  };
  return (
    <section class="card">
      <h2>Settings</h2>
      <form onSubmit={save}>
        <label for="printer-name">Name for people</label>
        <input id="printer-name" name="name" defaultValue={printer.name} maxLength={255} />
        <label for="printer-notes">Notes, such as where it is</label>
        <textarea id="printer-notes" name="notes" rows={2} defaultValue={printer.notes} />
        <fieldset>
          <legend>When a job may have printed and nothing confirms it</legend>
          <label class="choice">
            <input type="radio" name="policy" value="ask" defaultChecked={printer.unconfirmedPolicy === 'ask'} />
            Ask a person. Nothing is printed twice.
          </label>
          <label class="choice">
            <input
              type="radio"
              name="policy"
              value="reprint"
              defaultChecked={printer.unconfirmedPolicy === 'reprint'}
            />
            Print it again. It may come out twice.
          </label>
        </fieldset>
        <button type="submit">Save</button>
      </form>
    </section>
  );
}
