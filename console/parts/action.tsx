import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { PlatenClient } from '../../client/index.ts';
import { ask, reasonOf } from '../app/api.ts';
import { refreshViews } from '../app/use-query.ts';
import { announce } from './announce.tsx';
import { Dialog } from './dialog.tsx';

/** What a person does, and what came of it: a bar at the bottom until the next one, and in the live region. */

interface Outcome {
  text: string;
  isBad: boolean;
}

const outcome = signal<Outcome | undefined>(undefined);

export function say(text: string, isBad = false): void {
  outcome.value = { text, isBad };
  announce(text);
}

export const OutcomeBar = () =>
  outcome.value && (
    <div class={`outcome ${outcome.value.isBad ? 'bad' : 'good'}`}>
      <p>{outcome.value.text}</p>
      <button
        type="button"
        class="small"
        onClick={() => {
          outcome.value = undefined;
        }}
      >
        Close
      </button>
    </div>
  );

/** Runs a call; all views read again afterwards. Undefined when it failed, which the person has seen then. */
export async function act<T>(done: string | ((result: T) => string), call: (client: PlatenClient) => Promise<T>) {
  try {
    const result = await ask('action', call);
    say(typeof done === 'string' ? done : done(result));
    return result;
  } catch (error) {
    say(reasonOf(error), true);
    return undefined;
  } finally {
    refreshViews();
  }
}

interface ActionProps {
  label: string;
  run: () => Promise<unknown>;
  /** asked before it is done */
  confirm?: { title: string; text: ComponentChildren; yes: string };
  kind?: 'primary' | 'danger';
  disabled?: boolean;
}

/** A button that does something once at a time. While it does, it is not disabled for the browser, which would take the focus away. */
export function Action({ label, run, confirm, kind, disabled }: ActionProps) {
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const go = async () => {
    setAsking(false);
    setBusy(true);
    await run().finally(() => setBusy(false));
  };
  const begin = () => {
    if (isBusy) return;
    if (confirm) setAsking(true);
    else void go();
  };
  return (
    <>
      <button type="button" class={kind ?? ''} disabled={disabled} aria-disabled={isBusy || undefined} onClick={begin}>
        {label}
      </button>
      {confirm && isAsking && (
        <Dialog title={confirm.title} onClose={() => setAsking(false)}>
          <p>{confirm.text}</p>
          <div class="buttons">
            <button type="button" onClick={() => setAsking(false)}>
              Go back
            </button>
            <button type="button" class={kind ?? 'primary'} onClick={go}>
              {confirm.yes}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
