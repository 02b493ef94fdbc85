import { computed, effect, signal } from '@preact/signals';
import { ClientError } from '../../client/index.ts';
import { ask } from './api.ts';
import { session } from './session.ts';

/*
 * What the key may do: pages and buttons that it may not use are not shown. The service decides in the end; there is no
 * call that says it, so one that needs `admin` is tried.
 */

const granted = signal<{ key: string; isAdmin: boolean } | undefined>(undefined);

export const isAdmin = computed(() => granted.value?.key === session.value?.key && granted.value?.isAdmin === true);

effect(() => {
  const key = session.value?.key;
  if (!key) return;
  ask('action', client => client.keys()).then(
    () => {
      granted.value = { key, isAdmin: true };
    },
    error => {
      if (error instanceof ClientError && error.status === 403) granted.value = { key, isAdmin: false };
    },
  );
});
