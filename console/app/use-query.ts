import { signal } from '@preact/signals';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { PlatenClient } from '../../client/index.ts';
import { ask } from './api.ts';
import { isPaused } from './connection.ts';
import { hasEvents } from './live.ts';

/*
 * A view's data: read at once, and again every few seconds while the page is visible. Without an answer the pauses grow,
 * and the data stay as they were; the page says how old they are.
 */

export interface Query<T> {
  data?: T;
  /** why there is nothing, or nothing newer */
  error?: unknown;
  refresh: () => void;
}

type Load<T> = (client: PlatenClient, signal: AbortSignal) => Promise<T>;

export const usualMilliseconds = 1500;
const longestPauseMilliseconds = 8000;
/** While events wake the views, they ask by themselves only to notice a silent service. */
const slowedBy = 3;

/** Bumped by what changes things, so that all views read again at once. */
const changes = signal(0);
export const refreshViews = () => {
  changes.value += 1;
};

/** `key` names what is read: another key discards what the former one had. Without `load` nothing is read. */
export function useQuery<T>(key: string, load: Load<T> | undefined, every = usualMilliseconds): Query<T> {
  const [result, setResult] = useState<{ key: string; data?: T; error?: unknown }>({ key });
  const isOff = load === undefined;
  const latest = useRef(load);
  latest.current = load;
  const wake = useRef(() => {});

  useEffect(() => {
    const ended = new AbortController();
    let wakeUp = () => {};
    let isWoken = false;
    wake.current = () => {
      isWoken = true;
      wakeUp();
    };
    // the first call is about the present value
    let isChange = false;
    const unsubscribe = changes.subscribe(() => isChange && wake.current());
    isChange = true;
    const onVisible = () => document.visibilityState === 'visible' && wake.current();
    document.addEventListener('visibilitychange', onVisible);
    const pause = async (milliseconds: number) => {
      if (isWoken) return;
      await new Promise<void>(resolve => {
        wakeUp = resolve;
        setTimeout(resolve, milliseconds);
      });
    };
    const run = async () => {
      let failures = 0;
      for (let isFirst = true; !ended.signal.aborted; isFirst = false) {
        const read = latest.current;
        const isIdle = !isFirst && !isWoken && (document.visibilityState === 'hidden' || isPaused.value);
        isWoken = false;
        if (read && !isIdle) {
          try {
            const data = await ask('view', client => read(client, ended.signal));
            failures = 0;
            if (!ended.signal.aborted) setResult({ key, data });
          } catch (error) {
            failures += 1;
            if (!ended.signal.aborted)
              setResult(({ key: known, data }) => ({ key, data: known === key ? data : undefined, error }));
          }
        }
        await pause(
          failures === 0
            ? every * (hasEvents.value ? slowedBy : 1)
            : Math.min(1000 * 2 ** (failures - 1), longestPauseMilliseconds),
        );
      }
    };
    void run();
    return () => {
      ended.abort();
      unsubscribe();
      document.removeEventListener('visibilitychange', onVisible);
      wakeUp();
    };
  }, [key, every, isOff]);

  const refresh = useCallback(() => wake.current(), []);
  return result.key === key ? { ...result, refresh } : { refresh };
}
