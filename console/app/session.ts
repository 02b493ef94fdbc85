import { signal } from '@preact/signals';
import { base } from './router.ts';

/*
 * The key of this tab. It is in sessionStorage, or in localStorage when the person asks to be remembered; never in an
 * address or a cookie. It is forgotten after twelve hours.
 */

const name = 'platen.session';
const keptMilliseconds = 12 * 60 * 60 * 1000;

interface Session {
  key: string;
  until: number;
}

export const session = signal<Session | undefined>(stored());
/** why the sign-in page is shown, when there is more to say than that a key is needed */
export const signInNotice = signal<string | undefined>(undefined);

function stored(): Session | undefined {
  const text = sessionStorage.getItem(name) ?? localStorage.getItem(name);
  if (!text) return undefined;
  try {
    const found = JSON.parse(text) as Session;
    if (found.until > Date.now()) return found;
  } catch {
    // written by another program: as good as none
  }
  forget();
  return undefined;
}

function forget(): void {
  sessionStorage.removeItem(name);
  localStorage.removeItem(name);
}

export function signIn(key: string, { remember = false, until = Date.now() + keptMilliseconds } = {}): void {
  const made = { key, until };
  forget();
  (remember ? localStorage : sessionStorage).setItem(name, JSON.stringify(made));
  signInNotice.value = undefined;
  session.value = made;
}

export function signOut(notice?: string): void {
  forget();
  signInNotice.value = notice;
  session.value = undefined;
}

/** Signs out when the session is over, also in a tab that is open for days. */
export function endSessionInTime(): void {
  setInterval(() => {
    if (session.value && session.value.until < Date.now()) signOut('You were signed out after twelve hours.');
  }, 60_000);
}

/** `#code=` of the address that `npm start` prints: exchanged for a key, and out of the address at once. */
export async function signInByCode(): Promise<void> {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
  if (!code) return;
  history.replaceState(null, '', location.pathname + location.search);
  if (session.value) return;
  try {
    const answer = await fetch(`${base}/sign-in`, { method: 'POST', body: JSON.stringify({ code }) });
    const body = await answer.json();
    if (answer.ok) signIn(body.key, { until: Date.parse(body.expiresAt) });
    else signInNotice.value = body.error.message;
  } catch {
    signInNotice.value = 'The server did not answer. Reload this page to try again.';
  }
}
