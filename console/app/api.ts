import { ClientError, PlatenClient } from '../../client/index.ts';
import { reportAnswer, reportSilence } from './connection.ts';
import { base } from './router.ts';
import { session, signOut } from './session.ts';

/*
 * The API with the key of the session. Views that refresh themselves ask once, so that the page says at once when there is no
 * answer; what a person does is tried for some seconds, and uploads for minutes.
 */

const patience = { view: 0, action: 8000, upload: 5 * 60_000 };
export type Purpose = keyof typeof patience;
/** A server that hangs is as gone as one that refuses. */
const viewMilliseconds = 10_000;

let endpoint: Promise<string> | undefined;

/** The address of the API: the page's own origin, or that of `config.json`. */
export function apiOrigin(): Promise<string> {
  endpoint ??= fetch(`${base}/config.json`)
    .then(answer => answer.json())
    .then(({ api }) => (api ?? location.origin) as string)
    .catch(error => {
      endpoint = undefined;
      throw error;
    });
  return endpoint;
}

/** Calls the API, and notes whether it answered. A key that is not good any more ends the session. */
export async function ask<T>(purpose: Purpose, call: (client: PlatenClient) => Promise<T>): Promise<T> {
  const { key } = session.value ?? { key: '' };
  try {
    const client = new PlatenClient({ endpoint: await apiOrigin(), key, patienceMilliseconds: patience[purpose] });
    const result = await (purpose === 'view' ? inTime(call(client)) : call(client));
    reportAnswer();
    return result;
  } catch (error) {
    note(error, key);
    throw error;
  }
}

/** What the server says about itself, on one machine. In AWS there is no such address. */
export interface Readiness {
  /** by name: `ok`, or what is wrong */
  checks: Record<string, string>;
  warnings?: string[];
}

export async function readiness(): Promise<Readiness | undefined> {
  const answer = await fetch(`${await apiOrigin()}/readyz`);
  return answer.status === 200 || answer.status === 503 ? await answer.json() : undefined;
}

export async function serviceVersion(): Promise<string> {
  const text = await (await fetch(`${await apiOrigin()}/api/version`)).text();
  // further words are for clients of an older dialect
  return text.split(/\s/, 1)[0] ?? '';
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('There was no answer in time.')), viewMilliseconds);
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function note(error: unknown, key: string): void {
  if ((error as Error).name === 'AbortError') return;
  const status = error instanceof ClientError ? error.status : 0;
  const isSilent = status === 0 || status >= 502;
  if (isSilent) reportSilence();
  else reportAnswer();
  if (status === 401 && session.value?.key === key) signOut('The key is no longer valid. Sign in with another one.');
}

/** Why something failed, in a sentence for people. */
export function reasonOf(error: unknown): string {
  if (error instanceof ClientError && error.status > 0) return error.message;
  return 'Platen did not answer. Check the connection, then try again.';
}
