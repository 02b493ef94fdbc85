import type { ClientPrinter } from '../../../client/index.ts';
import { act } from '../../parts/action.tsx';

/** Whether a printer accepts jobs. */
export function ActiveSwitch({ printer: { printer, active } }: { printer: ClientPrinter }) {
  const toggle = () =>
    act(active ? `${printer} refuses jobs from now on.` : `${printer} accepts jobs.`, client =>
      client.updatePrinter(printer, { active: !active }),
    );
  return (
    <button type="button" role="switch" aria-checked={active} class="switch" onClick={toggle}>
      <span class="track" aria-hidden="true" />
      {active ? 'Accepts jobs' : 'Refuses jobs'}
      <span class="unseen"> of {printer}</span>
    </button>
  );
}
