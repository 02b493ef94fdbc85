import { effect, signal } from '@preact/signals';
import { PlatenClient } from '../../client/index.ts';
import { apiOrigin } from './api.ts';
import { isPaused } from './connection.ts';
import { session } from './session.ts';

/*
 * Events of the service wake the views, which read again what they show: state and trace come from one record, and an
 * event that is lost or late makes nothing wrong. The tabs of a browser share one stream. Views also read by themselves,
 * less often while events arrive; where the service has no events, as often as before.
 */

/** At most two paints a second. */
const ringMilliseconds = 500;

export const hasEvents = signal(false);

/** `wake` is called when something has changed. */
export function followEvents(wake: () => void): void {
  effect(() => {
    const key = session.value?.key;
    if (!key) return;
    const ended = new AbortController();
    follow(key, ended.signal, ringer(wake)).catch(() => {
      // without events views ask by themselves
      hasEvents.value = false;
    });
    return () => ended.abort();
  });
}

async function follow(key: string, signal: AbortSignal, ring: () => void): Promise<void> {
  const client = new PlatenClient({ endpoint: await apiOrigin(), key });
  for await (const _event of client.events({ signal, gone: ring })) {
    hasEvents.value = true;
    ring();
  }
}

/** Several rings within the time are one, after it. */
function ringer(wake: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let rangAt = 0;
  return () => {
    if (timer !== undefined || isPaused.value || document.visibilityState === 'hidden') return;
    const rest = Math.max(0, rangAt + ringMilliseconds - Date.now());
    timer = setTimeout(() => {
      timer = undefined;
      rangAt = Date.now();
      wake();
    }, rest);
  };
}
