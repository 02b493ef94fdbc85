import { address, base, go, withQuery } from '../../app/router.ts';
import { useQuery } from '../../app/use-query.ts';
import { dialectChoices } from '../../words.ts';
import { filterOf, stateChoices, timeChoices } from './query.ts';

const rarely = 60_000;
const typingMilliseconds = 300;
let typing: ReturnType<typeof setTimeout>;

/** Another filter begins at the newest job again. */
const set = (name: string, value: string) => go(withQuery({ [name]: value, before: '' }), { replace: true });

export function Filters() {
  const { query } = address.value;
  const { data: printers } = useQuery('printer-names', client => client.printers(), rarely);
  const { data: locations } = useQuery('location-names', client => client.locations(), rarely);
  const type = (event: { currentTarget: HTMLInputElement }) => {
    const { value } = event.currentTarget;
    clearTimeout(typing);
    typing = setTimeout(() => set('text', value), typingMilliseconds);
  };
  const others = ['user', 'tag'].filter(name => query.get(name));
  return (
    <search>
      <form class="filters" aria-label="Filter the jobs" onSubmit={event => event.preventDefault()}>
        <Choice name="state" label="State" choices={stateChoices} />
        <Choice
          name="printer"
          label="Printer"
          choices={[['', 'All'], ...(printers ?? []).map(({ printer }) => [printer, printer] as const)]}
        />
        <Choice
          name="location"
          label="Place"
          choices={[
            ['', 'All'],
            ...(locations ?? []).map(({ location, name }) => [location, name || location] as const),
          ]}
        />
        <Choice name="dialect" label="Sent through" choices={dialectChoices} />
        <Choice name="hours" label="Submitted" choices={timeChoices} />
        <label>
          <span>Name contains</span>
          <input type="search" value={query.get('text') ?? ''} onInput={type} />
        </label>
        {others.map(name => (
          <button key={name} type="button" class="chip" onClick={() => set(name, '')}>
            {name}: {query.get(name)} (remove)
          </button>
        ))}
        {!filterOf(query).isEmpty && (
          <a class="button plain" href={`${base}/jobs`}>
            Clear filters
          </a>
        )}
      </form>
    </search>
  );
}

interface ChoiceProps {
  name: string;
  label: string;
  choices: readonly (readonly [value: string, label: string])[];
}

/** A value in the address that is not among the choices is shown as it is. */
function Choice({ name, label, choices }: ChoiceProps) {
  const value = address.value.query.get(name) ?? '';
  const isKnown = choices.some(([choice]) => choice === value);
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={event => set(name, event.currentTarget.value)}>
        {!isKnown && <option value={value}>{value}</option>}
        {choices.map(([choice, text]) => (
          <option key={choice} value={choice}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
