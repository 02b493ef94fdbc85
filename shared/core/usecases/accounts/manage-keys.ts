import type { Key, Principal, Scope } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Ports } from '../../ports/index.ts';
import { keyDigest } from './authenticate.ts';

type RegistryPorts = Pick<Ports, 'registry' | 'clock'>;

export interface NewKey {
  name: string;
  scopes: Scope[];
  /** milliseconds since 1970; without it the key is good until it is revoked */
  expiresAt?: number;
}

/** Makes a key. The secret is in this answer only: what is stored is a digest. */
export async function createKey(
  { registry, clock }: RegistryPorts,
  { companyId }: Principal,
  { name, scopes, expiresAt }: NewKey,
): Promise<{ secret: string; key: Key }> {
  // clients of ScriptX send GUIDs, so every key has the form of one
  const secret = clock.token().replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const key: Key = { digest: keyDigest(secret), companyId, name, scopes, createdAt: clock.now(), expiresAt };
  await registry.putKey(key);
  return { secret, key };
}

export async function listKeys({ registry }: RegistryPorts, { companyId }: Principal): Promise<Key[]> {
  return await registry.listKeys(companyId);
}

/** Requests with this key are refused from now on; warm functions in AWS may accept it for half a minute more. */
export async function revokeKey(ports: RegistryPorts, principal: Principal, keyId: string): Promise<Key> {
  const key = await findKey(ports, principal, keyId);
  if (key.keptIn) {
    const advice = 'Replace it with "platen admin key rotate".';
    throw new PrintError('conflict', `The next start would make this key again, from ${key.keptIn}. ${advice}`);
  }
  await ports.registry.deleteKey(key.digest);
  return key;
}

/** A new secret with the same name, scopes and expiry; the former key is revoked. */
export async function rotateKey(ports: RegistryPorts, principal: Principal, keyId: string) {
  const former = await findKey(ports, principal, keyId);
  const made = await createKey(ports, principal, former);
  await ports.registry.deleteKey(former.digest);
  return { ...made, former };
}

/** `keyId`: the beginning of a digest, as long as it takes to name one key. */
export async function findKey({ registry }: RegistryPorts, { companyId }: Principal, keyId: string): Promise<Key> {
  const beginning = keyId.toLowerCase();
  const [key, ...others] = (await registry.listKeys(companyId)).filter(({ digest }) => digest.startsWith(beginning));
  if (!key || beginning === '') throw new PrintError('not-found', `No key of ${companyId} has the id ${keyId}.`);
  if (others.length === 0) return key;
  throw new PrintError('bad-value', `${others.length + 1} keys of ${companyId} have ids that begin with ${keyId}.`);
}
