import { computed, signal } from '@preact/signals';

/*
 * Whether what is on the screen is true now. It is when the last call was answered. From the first call without an answer
 * on, the page says since when it has been without news, and stops calling anything ready.
 */

const lastAnswerAt = signal<number | undefined>(undefined);
const silentSince = signal<number | undefined>(undefined);
export const isPaused = signal(false);

export type Connection = { state: 'connecting' } | { state: 'live' | 'paused' | 'reconnecting'; since: number };

export const connection = computed<Connection>(() => {
  if (silentSince.value !== undefined) return { state: 'reconnecting', since: silentSince.value };
  if (lastAnswerAt.value === undefined) return { state: 'connecting' };
  return { state: isPaused.value ? 'paused' : 'live', since: lastAnswerAt.value };
});

export function reportAnswer(): void {
  silentSince.value = undefined;
  lastAnswerAt.value = Date.now();
}

/** What was seen is as old as the last answer. */
export function reportSilence(): void {
  silentSince.value ??= lastAnswerAt.value ?? Date.now();
}
