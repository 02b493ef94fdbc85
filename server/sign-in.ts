import { timingSafeEqual } from 'node:crypto';
import { keyIdOf } from '../shared/core/domain/company.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { createKey, listKeys, revokeKey } from '../shared/core/usecases/accounts/manage-keys.ts';
import { companyId, newKey } from './first-start.ts';

/*
 * The address that `npm start` prints signs a browser in once, without a key to copy: its code is good for an hour, and
 * is exchanged for a key of its own, which expires and can be revoked like any other.
 */

const codeMilliseconds = 60 * 60 * 1000;
const keyMilliseconds = 12 * 60 * 60 * 1000;
const keyName = 'console sign-in';

export interface SignedIn {
  key: string;
  expiresAt: string;
}

/** Exchanges the code for a key; undefined for a wrong, used or old one. */
export type SignIn = (code: string) => Promise<SignedIn | undefined>;

type SignInPorts = Pick<Ports, 'registry' | 'clock'>;

export function makeSignIn(ports: SignInPorts): { code: string; signIn: SignIn } {
  const code = newKey();
  const until = ports.clock.now() + codeMilliseconds;
  let isUsed = false;
  return {
    code,
    async signIn(shown) {
      if (isUsed || ports.clock.now() > until || !isSame(shown, code)) return undefined;
      isUsed = true;
      await removeExpired(ports);
      const expiresAt = ports.clock.now() + keyMilliseconds;
      const made = await createKey(ports, principal, { name: keyName, scopes: ['print', 'admin'], expiresAt });
      return { key: made.secret, expiresAt: new Date(expiresAt).toISOString() };
    },
  };
}

const principal = { companyId, scopes: [] };

async function removeExpired(ports: SignInPorts): Promise<void> {
  const now = ports.clock.now();
  const expired = (await listKeys(ports, principal)).filter(
    ({ name, expiresAt }) => name === keyName && expiresAt !== undefined && expiresAt < now,
  );
  for (const key of expired) await revokeKey(ports, principal, keyIdOf(key));
}

/** Compares texts in a time that does not depend on where they differ. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
