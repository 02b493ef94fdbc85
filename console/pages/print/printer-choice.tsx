import type { Signal } from '@preact/signals';
import type { ClientLocation, ClientPrinter } from '../../../client/index.ts';
import { base } from '../../app/router.ts';
import { placeOf } from '../printers/truth.ts';
import { TruthLine } from '../printers.tsx';

interface PrinterChoiceProps {
  printers: ClientPrinter[];
  places: Omit<ClientLocation, 'printers'>[] | undefined;
  chosen: Signal<ReadonlySet<string>>;
  only: string | undefined;
}

/** Printers that accept jobs, with what is true about them, so that it is known before whether a job will wait. */
export function PrinterChoice({ printers, places, chosen, only }: PrinterChoiceProps) {
  const toggle = (printer: string) => {
    const marked = new Set(chosen.value);
    if (!marked.delete(printer)) marked.add(printer);
    chosen.value = marked;
  };
  return (
    <fieldset class="card">
      <legend>Where</legend>
      {printers.length === 0 && (
        <p>
          No printer accepts jobs. <a href={`${base}/printers`}>Switch one on</a>
        </p>
      )}
      <ul class="choices">
        {printers.map(printer => (
          <li key={printer.printer}>
            <label class="choice">
              <input
                type="checkbox"
                checked={chosen.value.has(printer.printer) || printer.printer === only}
                disabled={printer.printer === only}
                onChange={() => toggle(printer.printer)}
              />
              <span>
                <strong>{printer.name || printer.printer}</strong>{' '}
                {printer.name !== printer.printer && printer.name && <span class="quiet">{printer.printer}</span>}
              </span>
            </label>
            {places && <TruthLine printer={printer} place={placeOf(printer.printer, places)} />}
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
