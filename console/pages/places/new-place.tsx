import { act } from '../../parts/action.tsx';

/** Ids are in addresses of printers, `id:printer`; the service has the last word about them. */
const idPattern = '[^\\s:;\\/\\\\?#]{1,64}';

export function NewPlace() {
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const values = new FormData(form);
    const id = String(values.get('id')).trim();
    const name = String(values.get('name')).trim() || id;
    const made = await act(`${name} is there. Connect its relay now.`, client => client.saveLocation(id, { name }));
    if (made) form.reset();
  };
  return (
    <section class="card">
      <h2>New place</h2>
      <form class="row" onSubmit={create}>
        <label>
          <span>Short id, such as berlin-2</span>
          <input name="id" required pattern={idPattern} autocomplete="off" />
        </label>
        <label>
          <span>Name for people</span>
          <input name="name" autocomplete="off" />
        </label>
        <button type="submit">Make the place</button>
      </form>
    </section>
  );
}
