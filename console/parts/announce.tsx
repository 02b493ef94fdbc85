import { signal } from '@preact/signals';

/** The one live region: at most a sentence in five seconds, so that it informs and does not chatter. */

const quietMilliseconds = 5000;
const spoken = signal('');
let waiting: string | undefined;
let spokenAt = 0;

/** The newest of several sentences replaces those that wait. */
export function announce(text: string): void {
  const rest = spokenAt + quietMilliseconds - Date.now();
  if (waiting === undefined && rest > 0) setTimeout(speak, rest);
  waiting = text;
  if (rest <= 0) speak();
}

function speak(): void {
  spoken.value = waiting ?? '';
  waiting = undefined;
  spokenAt = Date.now();
}

export const LiveRegion = () => (
  <div class="unseen" role="status" aria-live="polite">
    {spoken}
  </div>
);
