import type { Key, ListedKey, Principal, Scope } from '../../domain/company.ts';
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

/** Creates a key. Only this result has the secret: the registry stores its digest. */
export async function createKey(
  { registry, clock }: RegistryPorts,
  { companyId }: Principal,
  { name, scopes, expiresAt }: NewKey,
): Promise<{ secret: string; key: Key }> {
  // ScriptX clients send GUIDs, so every key has that form
  const secret = clock.token().replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const key: Key = { digest: keyDigest(secret), companyId, name, scopes, createdAt: clock.now(), expiresAt };
  await registry.putKey(key);
  return { secret, key };
}

export async function listKeys({ registry }: RegistryPorts, { companyId }: Principal): Promise<ListedKey[]> {
  const keys = await registry.listKeys(companyId);
  const uses = await registry.keyUses(keys.map(({ digest }) => digest));
  return keys.map(key => ({ ...key, lastUsedAt: uses.get(key.digest) }));
}

/** Revokes a key. Warm functions in AWS may accept it for another 30 seconds. */
export async function revokeKey(ports: RegistryPorts, principal: Principal, keyId: string): Promise<Key> {
  const key = await findKey(ports, principal, keyId);
  if (key.keptIn) {
    const advice = 'Replace it with "platen admin key rotate".';
    throw new PrintError(
      'conflict',
      `This key cannot be revoked: the next start would create it again from ${key.keptIn}. ${advice}`,
    );
  }
  await ports.registry.deleteKey(key.digest);
  return key;
}

/** Creates a key with the same name, scopes and expiry, and revokes the former one. */
export async function rotateKey(ports: RegistryPorts, principal: Principal, keyId: string) {
  const former = await findKey(ports, principal, keyId);
  const made = await createKey(ports, principal, former);
  await ports.registry.deleteKey(former.digest);
  return { ...made, former };
}

/** Finds a key by `keyId`, a prefix of its digest. Throws `bad-value` when several keys have this prefix. */
export async function findKey({ registry }: RegistryPorts, { companyId }: Principal, keyId: string): Promise<Key> {
  const beginning = keyId.toLowerCase();
  const [key, ...others] = (await registry.listKeys(companyId)).filter(({ digest }) => digest.startsWith(beginning));
  if (!key || beginning === '') throw new PrintError('not-found', `No key of ${companyId} has the id ${keyId}.`);
  if (others.length === 0) return key;
  throw new PrintError(
    'bad-value',
    `${others.length + 1} keys of ${companyId} have ids that begin with ${keyId}. Give more characters.`,
  );
}
