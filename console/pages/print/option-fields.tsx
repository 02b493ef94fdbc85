import { optionName, valueName } from '../../words.ts';
import type { OfferedOption } from './offered.ts';

/** How it is printed: copies and pages, which the relay makes where a printer cannot, and what the printers offer. */
export const OptionFields = ({ options }: { options: OfferedOption[] }) => (
  <fieldset class="card">
    <legend>How</legend>
    <div class="row">
      <label>
        <span>Copies</span>
        <input name="copies" type="number" min={1} max={9999} defaultValue="1" />
      </label>
      <label>
        <span>Pages, such as 1-3, 5</span>
        <input name="pages" placeholder="all" autocomplete="off" />
      </label>
      {options.map(({ name, values }) => (
        <label key={name}>
          <span>{optionName(name)}</span>
          <select name={name}>
            <option value="">As the printer is set</option>
            {values.map(value => (
              <option key={value} value={value}>
                {valueName(value)}
              </option>
            ))}
          </select>
        </label>
      ))}
    </div>
  </fieldset>
);
